import type { Knex } from 'knex'
import { databaseError, endsNames, type TableWork } from './database-error.js'
import { fileOf, isWatched, poolSize } from './pool.js'
import type { DialectAdapter, DriverAccess, SessionTable, Statement } from '../dialect/index.js'
import { diagnostics } from '../diagnostics.js'
import { knexDestroyed, SessionStoreError } from '../errors.js'
import { Connections } from './connections.js'
import { drop, isDropped, rollBack } from './cancel.js'
import { Deadlines, timeOf, type Sending, type Time } from './deadlines.js'
import { OrphanedBackends } from './orphaned-backends.js'
import { FastPath, type Ticker } from '../time.js'
import { byKnex, withOwnSettings, type StatementMaker } from './statement-maker.js'

export type { TableWork } from './database-error.js'
export type { Sending } from './deadlines.js'

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
  readonly #prepared = new FastPath()
  readonly #preparedStatements: boolean
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
    this.#lost = new OrphanedBackends(this.#driver, (error) => this.#leadsNowhere(error))
    // A name that the server does not know would end that one.
    this.#preparedStatements = options.preparedStatements && knex.isTransaction !== true
  }

  /**
   * Runs a statement of the adapter's; resolves to what knex.raw resolves to. It is not sent after
   * `deadline` (`performance.now()`), and ended then where it is still under way. One that was
   * stopped after its `stopAfter` fails with the kind `locked`. One that writes waits until nothing
   * can come after it of those whose connections were lost. Rejects with a `SessionStoreError`
   * whose message begins with `work`, for example `reading sessions`.
   */
  statement(
    work: TableWork,
    statement: Statement,
    deadline: number,
    sending?: Sending,
  ): Promise<unknown> {
    const byDriver = this.#driverMayRun()
    return this.#inTurn(work, timeOf(deadline, sending, statement.stopAfter), (connection) => {
      const { driver } = this.#adapter
      if (byDriver && driver?.run && driver.accepts(connection))
        return driver.run(connection, statement)
      return byKnex(this.#raw(statement), connection)
    })
  }

  /** Runs a query of knex's builder, likewise. */
  query(
    work: TableWork,
    query: Knex.QueryBuilder,
    deadline: number,
    sending?: Sending,
  ): Promise<unknown> {
    const options = this.#adapter.driver?.options
    if (options) void query.options(options)
    return this.#inTurn(work, timeOf(deadline, sending), (connection) => byKnex(query, connection))
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
    return this.#preparedStatements && this.#prepared.isOpen
  }

  #driverMayRun(): boolean {
    // A transaction of the application's refuses statements when it has ended; its connection would
    // not.
    return (
      this.#adapter.driver !== undefined &&
      this.#mayPrepare &&
      this.#knex.isTransaction !== true &&
      !isWatched(this.#knex)
    )
  }

  /**
   * A transaction of the application's has one connection: statements go one after the other there,
   * since drivers take one at a time.
   */
  #inTurn(work: TableWork, time: Time, start: (connection: unknown) => unknown): Promise<unknown> {
    const send = () =>
      diagnostics.statements.watch(
        () => this.#send(work, time, start),
        () => ({ operation: work, dialect: this.#adapter.name }),
      )
    if (this.#knex.isTransaction !== true) return send()
    const sent = this.#turn.then(send)
    this.#turn = sent.catch(() => undefined)
    return sent
  }

  /**
   * Runs a statement on a connection that came in time: `start` sends it and gives what it resolves
   * to, or a promise of that.
   */
  async #send(
    work: TableWork,
    time: Time,
    start: (connection: unknown) => unknown,
  ): Promise<unknown> {
    const progress = { isConnected: false, isUnderWay: false }
    try {
      const connection = await this.#take(time.deadline)
      progress.isConnected = true
      let usable = false
      let useless: SessionStoreError | undefined
      const begin = () => {
        this.#deadlines.check(time.deadline)
        progress.isUnderWay = true
        return start(connection)
      }
      try {
        const before = time.writes ? this.#lost.before(connection) : undefined
        const running = before ? before.then(begin) : begin()
        const result: unknown =
          running instanceof Promise
            ? await this.#deadlines.result(running, time, connection)
            : running
        usable = !isDropped(connection)
        return result
      } catch (thrown) {
        if (this.#driver?.rollback) await rollBack(this.#driver, connection, thrown)
        // knex logs it, and would the statement with its values.
        if (this.#leadsNowhere(thrown)) useless = this.#failure(work, thrown, progress.isUnderWay)
        throw useless ?? thrown
      } finally {
        if (!usable && time.writes) this.#lost.failed(connection)
        // The server may have become a standby, of which the pool knows nothing: another connection
        // may lead to the new primary.
        if (useless && !isDropped(connection))
          drop({ connection, knex: this.#knex, driver: this.#driver, reason: useless })
        this.#connections.giveBack(connection, usable)
      }
    } catch (thrown) {
      throw this.#failure(
        progress.isConnected ? work : 'connecting to the database',
        thrown,
        progress.isUnderWay,
      )
    }
  }

  /** Whether a driver's error says that the connection is lost, or its server takes no statements. */
  #leadsNowhere(error: unknown): boolean {
    return (
      !(error instanceof SessionStoreError) &&
      this.#adapter.classify(error, this.#table) === 'connection'
    )
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
    const error = knexDestroyed()
    // A process that ends has nobody left to tell.
    if (!this.#reportedDestroyed) process.emitWarning(error.message)
    this.#reportedDestroyed = true
    return error
  }

  #failure(work: TableWork, thrown: unknown, isUnderWay: boolean): SessionStoreError {
    if (work === 'connecting to the database' && this.#connections.areGone) return this.#destroyed()
    const failed = {
      adapter: this.#adapter,
      table: this.#table,
      work,
      file: fileOf(this.#knex),
      isUnderWay,
    }
    const error = databaseError(thrown, failed)
    if (endsNames(error)) this.#prepared.close(error)
    return error
  }
}
