import type { Knex } from 'knex'
import { databaseError } from './database-error.js'
import type { DialectAdapter, SessionTable, Statement } from './dialect/adapter.js'
import { SessionStoreError, storeClosed } from './errors.js'
import { LentConnections } from './lent-connections.js'
import { endStatement } from './late-statement.js'
import { precisionOf, TimeLimit } from './time-limit.js'
import { withOwnSettings, type StatementMaker } from './statement-maker.js'

/** How statements are sent. */
export interface StatementOptions {
  /** The most a call may take, in ms; 0: no limit. Statements get the point in time at which theirs ends. */
  readonly timeout: number
  /** Whether statements go out as prepared statements where the adapter has a way. */
  readonly preparedStatements: boolean
}

/** The events by which an application watches the queries of a knex instance. */
const watched = ['start', 'query', 'query-response', 'query-error'] as const

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
  #ended = false

  constructor(knex: Knex, adapter: DialectAdapter, table: SessionTable, options: StatementOptions) {
    this.#knex = knex
    this.#maker = withOwnSettings(knex)
    this.#adapter = adapter
    this.#table = table
    this.#timeout = options.timeout
    this.#limit = new TimeLimit(precisionOf(options.timeout))
    this.#connections = new LentConnections(knex)
    this.#prepared = options.preparedStatements
  }

  /**
   * Runs a statement of the adapter's; resolves to what knex.raw resolves to. It is not sent after `deadline` (`performance.now()`), and
   * ended then where it is still under way. Rejects with a `SessionStoreError` whose message begins with `work`, for example
   * `reading sessions`.
   */
  statement(work: string, statement: Statement, deadline: number): Promise<unknown> {
    const byDriver = this.#driverMayRun()
    return this.#send(work, deadline, (connection) => {
      const { driver } = this.#adapter
      if (byDriver && driver?.knows(connection)) return driver.run(connection, statement)
      return byKnex(this.#raw(statement), connection)
    })
  }

  /** Runs a query of knex's builder, likewise. */
  query(work: string, query: Knex.QueryBuilder, deadline: number): Promise<unknown> {
    const { statementOptions } = this.#adapter
    if (statementOptions) void query.options(statementOptions)
    return this.#send(work, deadline, (connection) => byKnex(query, connection))
  }

  /** Ends every statement that is under way, and sends no other. */
  end(): void {
    this.#ended = true
    this.#limit.endAll()
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
      this.#prepared &&
      this.#knex.isTransaction !== true &&
      !watched.some((event) => this.#knex.listenerCount(event) > 0)
    )
  }

  /** Runs a statement on a connection that came in time: `start` sends it and gives what it resolves to, or a promise of that. */
  async #send(work: string, deadline: number, start: (connection: unknown) => unknown): Promise<unknown> {
    try {
      const connection = await this.#take(deadline)
      let usable = false
      try {
        if (this.#ended || performance.now() >= deadline) throw this.#late()
        const running = start(connection)
        const result: unknown = running instanceof Promise ? await this.#inTime(running, deadline, connection) : running
        usable = true
        return result
      } finally {
        this.#connections.giveBack(connection, usable)
      }
    } catch (thrown) {
      throw this.#failure(work, thrown)
    }
  }

  /** A connection, in time; one that comes late goes back at once. */
  #take(deadline: number): unknown {
    if (this.#ended) throw this.#late()
    const taking = this.#connections.take()
    if (!(taking instanceof Promise)) return taking
    return this.#limit.apply<unknown>(taking, deadline, () => {
      void taking.then((connection) => this.#connections.giveBack(connection, true)).catch(() => undefined)
      return Promise.reject(this.#late())
    })
  }

  #inTime(running: Promise<unknown>, deadline: number, connection: unknown): Promise<unknown> {
    return this.#limit.apply(running, deadline, async () => {
      const late = this.#late()
      await endStatement({ running, connection, knex: this.#knex, driver: this.#adapter.driver, reason: late })
      throw late
    })
  }

  #late(): SessionStoreError {
    if (this.#ended) return storeClosed()
    return new SessionStoreError({
      code: 'ERR_TIMEOUT',
      kind: 'connection',
      dialect: this.#adapter.name,
      message: `the database did not answer a statement within ${String(this.#timeout)} ms (option \`timeout\`)`,
    })
  }

  #failure(work: string, thrown: unknown): SessionStoreError {
    const error = databaseError(thrown, { adapter: this.#adapter, table: this.#table, work })
    if (error.kind === 'prepared-statement') this.#prepared = false
    return error
  }
}

/** Runs a statement by knex on a connection that it lent. */
function byKnex(query: Knex.Raw | Knex.QueryBuilder, connection: unknown): Promise<unknown> {
  return Promise.resolve(query.connection(connection as Knex.Client) as PromiseLike<unknown>)
}
