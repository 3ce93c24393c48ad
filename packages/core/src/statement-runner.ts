import type { Knex } from 'knex'
import { databaseError } from './database-error.js'
import type { DialectAdapter, SessionTable, Statement } from './dialect/adapter.js'
import { SessionStoreError } from './errors.js'
import { LentConnections } from './lent-connections.js'
import { TimeLimit } from './time-limit.js'

/** How statements are sent. */
export interface StatementOptions {
  /** The most one statement may take, in ms; then its connection is given up. 0: no limit. */
  readonly timeout: number
  /** Whether statements go out as prepared statements where the adapter has a way. */
  readonly preparedStatements: boolean
}

/** The events by which an application watches the queries of a knex instance. */
const watched = ['query', 'query-response', 'query-error'] as const

/** Sends statements: the only place where SQL runs, so that every failure leaves it as a classified error without values. */
export class StatementRunner {
  readonly #knex: Knex
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
      return await this.#inTime(query)
    } catch (thrown) {
      throw this.#failure(work, thrown)
    }
  }

  #raw({ sql, bindings, name, options }: Statement): Knex.Raw {
    const query = this.#knex.raw(sql, bindings as Knex.RawBinding[])
    const named = name !== undefined && this.#prepared
    if (named || options) void query.options(named ? { ...options, name } : (options ?? {}))
    return query
  }

  #driverMayRun(): boolean {
    return (
      this.#adapter.driver !== undefined && this.#known && this.#prepared && !watched.some((event) => this.#knex.listenerCount(event) > 0)
    )
  }

  /** Runs the statement by the driver on a connection that knex lends; `undefined` where knex has to do it. */
  async #byDriver(statement: Statement): Promise<unknown> {
    const { driver } = this.#adapter
    const connection = await this.#connections.take()
    let usable = false
    try {
      this.#known = driver?.knows(connection) ?? false
      if (!driver || !this.#known) return undefined
      const running = driver.run(connection, statement)
      const late = () => {
        driver.end(connection)
        return this.#late()
      }
      const result: unknown = running instanceof Promise ? await this.#limit.apply(running, late) : running
      usable = true
      return result
    } finally {
      this.#connections.giveBack(connection, usable)
    }
  }

  #late(): SessionStoreError {
    return new SessionStoreError({
      code: 'ERR_TIMEOUT',
      kind: 'connection',
      dialect: this.#adapter.name,
      message: `the database did not answer a statement within ${String(this.#timeout)} ms (option \`timeout\`)`,
    })
  }

  async #inTime(query: Knex.Raw | Knex.QueryBuilder): Promise<unknown> {
    return (await (this.#timeout > 0 ? query.timeout(this.#timeout) : query)) as unknown
  }

  #failure(work: string, thrown: unknown): SessionStoreError {
    const error = databaseError(thrown, { adapter: this.#adapter, table: this.#table, work })
    if (error.kind === 'prepared-statement') this.#prepared = false
    return error
  }
}
