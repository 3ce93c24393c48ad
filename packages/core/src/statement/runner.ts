import type { Knex } from 'knex'
import { databaseError, type TableWork } from './database-error.js'
import { fileOf, isWatched, poolSize } from './pool.js'
import type { DialectAdapter, DriverAccess, SessionTable, Statement } from '../dialect/index.js'
import { diagnostics } from '../diagnostics.js'
import { SessionStoreError } from '../errors.js'
import { Connections } from './connections.js'
import { drop, isDropped, rollBack } from './cancel.js'
import { Deadlines } from './deadlines.js'
import { OrphanedBackends } from './orphaned-backends.js'
import { FastPath, type Ticker } from '../time.js'
import { byKnex, withOwnSettings, type StatementMaker } from './statement-maker.js'

export type { TableWork } from './database-error.js'

/** How statements are sent. */
export interface StatementOptions {
  /**
   * The most a call may take, in ms; 0: no limit. Statements get the point in time at which theirs
   * ends.
   */
  readonly timeout: number
  /** Whether statements go out as prepared statements where the adapter has a way. */
  readonly preparedStatements: boolean
}

/** What a statement is for, and how it is sent. */
export interface Sending {
  readonly work: TableWork
  /** It is not sent after this (`performance.now()`), and ended then where it is under way. */
  readonly deadline: number
  /** Whether it would undo what is written after it, should it take effect late. Default: false. */
  readonly writes?: boolean
}

/** Sends a statement on a connection; gives what it resolves to, or a promise of that. */
type Start = (connection: unknown) => unknown

/**
 * Sends statements: the only place where SQL runs, so that every failure leaves it as a classified
 * error without values.
 */
export class StatementRunner {
  readonly #knex: Knex
  readonly #maker: StatementMaker
  readonly #adapter: DialectAdapter
  /** None in a transaction of the application's. */
  readonly #driver: DriverAccess | undefined
  readonly #table: SessionTable
  readonly #deadlines: Deadlines
  readonly #connections: Connections
  readonly #lost: OrphanedBackends
  /** None where statements go without a name. */
  readonly #prepared: FastPath | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #reportedDestroyed = false

  constructor(
    knex: Knex,
    adapter: DialectAdapter,
    table: SessionTable,
    options: StatementOptions,
    ticker: Ticker,
  ) {
    this.#knex = knex
    this.#maker = withOwnSettings(knex, adapter.driver)
    this.#adapter = adapter
    this.#table = table
    this.#connections = new Connections(knex)
    const areGone = () => this.#connections.areGone
    this.#deadlines = new Deadlines(knex, adapter, table, options.timeout, ticker, areGone)
    // There a write that was lost is undone with the transaction, and cannot be sent again.
    this.#driver = knex.isTransaction === true ? undefined : adapter.driver
    this.#lost = new OrphanedBackends(
      this.#driver,
      (error) =>
        !(error instanceof SessionStoreError) && adapter.classify(error, table) === 'connection',
    )
    // A name that the server does not know would end that one.
    const mayPrepare = options.preparedStatements && knex.isTransaction !== true
    this.#prepared = mayPrepare ? new FastPath() : undefined
  }

  /**
   * Runs a statement of the adapter's; resolves to what knex.raw resolves to. One that was stopped
   * after its `stopAfter` fails with the kind `locked`. One that writes waits until nothing can come
   * after it of those whose connections were lost. Rejects with a `SessionStoreError` whose message
   * begins with the work, for example `reading sessions`.
   */
  statement(statement: Statement, sending: Sending): Promise<unknown> {
    const driver = this.#driverThatRuns()
    return this.#inTurn(sending, statement.stopAfter, (connection) =>
      driver?.run && driver.accepts(connection)
        ? driver.run(connection, statement)
        : byKnex(this.#raw(statement), connection),
    )
  }

  /** Runs a query of knex's builder, likewise. */
  query(query: Knex.QueryBuilder, sending: Sending): Promise<unknown> {
    const options = this.#adapter.driver?.options
    if (options) void query.options(options)
    return this.#inTurn(sending, undefined, (connection) => byKnex(query, connection))
  }

  /** The most connections that statements may run on. */
  get poolSize(): number {
    return poolSize(this.#knex)
  }

  /** Ends every statement that is under way, and sends no other. */
  end(): void {
    this.#deadlines.endAll()
  }

  /** Gives back the connections that no statement is under way on. */
  rest(): void {
    this.#connections.giveBackAll()
  }

  #raw({ sql, bindings, name, options }: Statement): Knex.Raw {
    const query = this.#maker.raw(sql, bindings as Knex.RawBinding[])
    const named = name !== undefined && this.#mayPrepare
    const always = this.#adapter.driver?.options
    if (named || options || always)
      void query.options({ ...always, ...options, ...(named ? { name } : {}) })
    return query
  }

  get #mayPrepare(): boolean {
    return this.#prepared?.isOpen === true
  }

  /** What runs statements past knex, where they may be prepared and nobody listens to queries. */
  #driverThatRuns(): DriverAccess | undefined {
    return this.#mayPrepare && !isWatched(this.#knex) ? this.#driver : undefined
  }

  /**
   * A transaction of the application's has one connection: statements go one after the other there,
   * since drivers take one at a time.
   */
  #inTurn(sending: Sending, stopAfter: number | undefined, start: Start): Promise<unknown> {
    const send = () =>
      diagnostics.statements.watch(
        () => this.#send(sending, stopAfter, start),
        () => ({ operation: sending.work, dialect: this.#adapter.name }),
      )
    if (this.#knex.isTransaction !== true) return send()
    const sent = this.#turn.then(send)
    this.#turn = sent.catch(() => undefined)
    return sent
  }

  async #send(
    { work, deadline, writes }: Sending,
    stopAfter: number | undefined,
    start: Start,
  ): Promise<unknown> {
    let connection: unknown
    try {
      connection = await this.#take(deadline)
    } catch (thrown) {
      if (this.#connections.areGone) throw this.#destroyed()
      throw this.#failure('connecting to the database', thrown)
    }
    let isUnderWay = false
    let failure: SessionStoreError | undefined
    let leadsNowhere = false
    const begin = () => {
      this.#deadlines.check(deadline)
      isUnderWay = true
      return start(connection)
    }
    try {
      const before = writes ? this.#lost.before(connection) : undefined
      const running = before ? before.then(begin) : begin()
      return running instanceof Promise
        ? await this.#deadlines.result(running, connection, deadline, stopAfter)
        : running
    } catch (thrown) {
      if (this.#driver?.rollback) await rollBack(this.#driver, connection, thrown)
      failure = this.#failure(work, thrown, isUnderWay)
      // By the driver's word, not because there was no time left.
      leadsNowhere =
        failure !== thrown && failure.kind === 'connection' && failure.code !== 'ERR_TIMEOUT'
      throw failure
    } finally {
      const usable = !failure && !isDropped(connection)
      if (!usable && writes) this.#lost.failed(connection)
      // The server may have become a standby, of which the pool knows nothing: another connection
      // may lead to the new primary. knex logs the reason, and would the driver's with its values.
      if (leadsNowhere && !isDropped(connection))
        drop({ connection, knex: this.#knex, driver: this.#driver, reason: failure })
      this.#connections.giveBack(connection, usable)
    }
  }

  /** A connection, in time; one that comes late goes back at once. */
  #take(deadline: number): unknown {
    this.#deadlines.check()
    if (this.#connections.areGone) throw this.#destroyed()
    const taking = this.#connections.take()
    if (!(taking instanceof Promise)) return taking
    return this.#deadlines.connection(taking, deadline, (connection) => {
      this.#connections.giveBack(connection, true)
    })
  }

  #destroyed(): SessionStoreError {
    const error = new SessionStoreError({
      code: 'ERR_CLOSED',
      message:
        'the knex instance was destroyed before the store was closed: call `await store.close()` first, then `knex.destroy()`',
    })
    // A process that ends has nobody left to tell.
    if (!this.#reportedDestroyed) process.emitWarning(error.message)
    this.#reportedDestroyed = true
    return error
  }

  #failure(work: TableWork, thrown: unknown, isUnderWay = false): SessionStoreError {
    const error = databaseError(thrown, {
      adapter: this.#adapter,
      table: this.#table,
      work,
      file: fileOf(this.#knex),
      isUnderWay,
    })
    if (error.kind === 'prepared-statement') this.#prepared?.close(error)
    return error
  }
}
