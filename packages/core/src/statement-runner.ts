import { setTimeout as delay } from 'node:timers/promises'
import type { Knex } from 'knex'
import { databaseError, isKnexTimeout } from './database-error.js'
import type { DialectAdapter, DriverAccess, SessionTable, Statement } from './dialect/adapter.js'
import { SessionStoreError } from './errors.js'
import { giveUpAfter } from './give-up.js'
import { LentConnections } from './lent-connections.js'
import { TimeLimit } from './time-limit.js'
import { withOwnSettings, type StatementMaker } from './statement-maker.js'

/** How statements are sent. */
export interface StatementOptions {
  /** The most one statement may take, in ms; then its connection is given up. 0: no limit. */
  readonly timeout: number
  /** Whether statements go out as prepared statements where the adapter has a way. */
  readonly preparedStatements: boolean
}

/** The events by which an application watches the queries of a knex instance. */
const watched = ['start', 'query', 'query-response', 'query-error'] as const

/** How long a cancelled statement may take to end, in ms, before its connection is ended. */
const patience = 2_000

/** The part of a knex client that cancels a statement on the server, where it can: `pg_cancel_backend`, `kill query`. */
interface Canceller {
  readonly canCancelQuery?: boolean
  cancelQuery?(connection: unknown): Promise<unknown>
}

/** A connection as knex marks it for its pool to drop. */
interface Disposable {
  __knex__disposed?: unknown
}

/** Sends statements: the only place where SQL runs, so that every failure leaves it as a classified error without values. */
export class StatementRunner {
  readonly #knex: Knex
  readonly #maker: StatementMaker
  readonly #adapter: DialectAdapter
  readonly #table: SessionTable
  readonly #timeout: number
  readonly #limit: TimeLimit
  readonly #connections: LentConnections
  #prepared: boolean
  /** Whether connections are of the driver that the adapter has its own way with, as far as is known. */
  #known = true

  constructor(knex: Knex, adapter: DialectAdapter, table: SessionTable, options: StatementOptions) {
    this.#knex = knex
    this.#maker = withOwnSettings(knex)
    this.#adapter = adapter
    this.#table = table
    this.#timeout = options.timeout
    this.#limit = new TimeLimit(options.timeout)
    this.#connections = new LentConnections(knex)
    this.#prepared = options.preparedStatements
  }

  /**
   * Runs a statement of the adapter's; resolves to what knex.raw resolves to.
   * Rejects with a `SessionStoreError` whose message begins with `work`, for example `reading sessions`.
   */
  async statement(work: string, statement: Statement): Promise<unknown> {
    try {
      return (this.#driverMayRun() ? await this.#byDriver(statement) : undefined) ?? (await this.#inTime(this.#raw(statement)))
    } catch (thrown) {
      throw this.#failure(work, thrown)
    }
  }

  /** Runs a query of knex's builder, likewise. */
  async query(work: string, query: Knex.QueryBuilder): Promise<unknown> {
    try {
      const { statementOptions } = this.#adapter
      if (statementOptions) void query.options(statementOptions)
      return await this.#inTime(query)
    } catch (thrown) {
      throw this.#failure(work, thrown)
    }
  }

  #raw({ sql, bindings, name, options }: Statement): Knex.Raw {
    const query = this.#maker.raw(sql, bindings as Knex.RawBinding[])
    const named = name !== undefined && this.#prepared
    const { statementOptions } = this.#adapter
    if (named || options || statementOptions) void query.options({ ...statementOptions, ...options, ...(named ? { name } : {}) })
    return query
  }

  #driverMayRun(): boolean {
    // A transaction of the application's refuses statements when it has ended; its connection would not.
    return (
      this.#adapter.driver !== undefined &&
      this.#known &&
      this.#prepared &&
      this.#knex.isTransaction !== true &&
      !watched.some((event) => this.#knex.listenerCount(event) > 0)
    )
  }

  /** Runs the statement by the driver on a connection that knex lends; `undefined` where knex has to do it. */
  async #byDriver(statement: Statement): Promise<unknown> {
    const { driver } = this.#adapter
    const connection = await this.#take()
    let usable = false
    try {
      this.#known = driver?.knows(connection) ?? false
      if (!driver || !this.#known) return undefined
      const running = driver.run(connection, statement)
      const late = () => this.#cancel(driver, connection, running as Promise<unknown>)
      const result: unknown = running instanceof Promise ? await this.#limit.apply(running, late) : running
      usable = true
      return result
    } finally {
      this.#connections.giveBack(connection, usable)
    }
  }

  /** A connection, in time; one that comes late goes back at once. */
  #take(): unknown {
    const taking = this.#connections.take()
    if (!(taking instanceof Promise)) return taking
    return this.#limit.apply<unknown>(taking, () => {
      void taking.then((connection) => this.#connections.giveBack(connection, true)).catch(() => undefined)
      return Promise.reject(this.#late())
    })
  }

  /**
   * Ends a statement that takes too long, on the server first: one that went on there could undo what is written later, after it was given
   * up here. Where that does not help its connection is ended, and knex given the time to notice.
   */
  async #cancel(driver: DriverAccess, connection: unknown, running: Promise<unknown>): Promise<never> {
    const ended = running.then(
      () => true,
      () => true,
    )
    try {
      if (this.#cancels) await giveUpAfter(patience, this.#canceller.cancelQuery?.(connection) ?? ended, () => this.#late())
      await giveUpAfter(this.#cancels ? patience : 1, ended, () => this.#late())
    } catch {
      driver.end(connection)
      await delay(20)
    }
    throw this.#late()
  }

  get #canceller(): Canceller {
    return this.#knex.client as Canceller
  }

  get #cancels(): boolean {
    return this.#canceller.canCancelQuery === true
  }

  #late(): SessionStoreError {
    return new SessionStoreError({
      code: 'ERR_TIMEOUT',
      kind: 'connection',
      dialect: this.#adapter.name,
      message: `the database did not answer a statement within ${String(this.#timeout)} ms (option \`timeout\`)`,
    })
  }

  /**
   * Runs a statement through knex, on a connection that came in time: knex's own limit leaves out the wait for one, and a statement would go
   * out long after its caller was told. Nor does it limit the cancelling.
   */
  async #inTime(query: Knex.Raw | Knex.QueryBuilder): Promise<unknown> {
    if (this.#timeout === 0) return (await query) as unknown
    const limited = query.timeout(this.#timeout, { cancel: this.#cancels })
    if (this.#knex.isTransaction === true) return (await limited) as unknown
    const connection = await this.#take()
    let usable = false
    try {
      const running = Promise.resolve(limited.connection(connection as Knex.Client) as PromiseLike<unknown>)
      const result = await giveUpAfter(this.#timeout + patience, running, () => this.#late())
      usable = true
      return result
    } catch (error) {
      // Whether the statement has ended or not: nobody is to use its connection again.
      if (isLate(error)) (connection as Disposable).__knex__disposed = error
      throw error
    } finally {
      this.#connections.giveBack(connection, usable)
    }
  }

  #failure(work: string, thrown: unknown): SessionStoreError {
    const error = databaseError(thrown, { adapter: this.#adapter, table: this.#table, work })
    if (error.kind === 'prepared-statement') this.#prepared = false
    return error
  }
}

function isLate(error: unknown): boolean {
  return error instanceof SessionStoreError || isKnexTimeout(error)
}
