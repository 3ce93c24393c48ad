import type { Knex } from 'knex'
import type {
  DialectAdapter,
  DialectQueries,
  Query,
  SessionTable,
  Statement,
} from '../dialect/index.js'
import { isUnsupported } from '../errors.js'
import { StatementRunner, type Sending, type StatementOptions } from '../statement/runner.js'
import { FastPath, type Ticker } from '../time.js'
import { SessionQueries } from './queries.js'
import type { Cells } from './rows.js'

type QueryName = keyof DialectQueries
type QueryOf<Name extends QueryName> = NonNullable<DialectQueries[Name]>
type ArgsOf<Name extends QueryName> =
  QueryOf<Name> extends Query<infer Args, unknown> ? Args : never
type AnswerOf<Name extends QueryName> = ReturnType<QueryOf<Name>['answer']>

/**
 * Sends the statements on the session table: those of the adapter, each for as long as the server
 * knows it, and those that knex's query builder composes for every database.
 */
export class TableStatements {
  readonly adapter: DialectAdapter
  /** Whether statements go out in a transaction of the application's. */
  readonly inTransaction: boolean
  readonly #knex: Knex
  readonly #runner: StatementRunner
  #table: SessionTable
  #queries: SessionQueries
  readonly #refused = new Map<QueryName, FastPath>()

  constructor(
    knex: Knex,
    adapter: DialectAdapter,
    table: SessionTable,
    options: StatementOptions,
    ticker: Ticker,
  ) {
    this.adapter = adapter
    this.inTransaction = knex.isTransaction === true
    this.#knex = knex
    this.#runner = new StatementRunner(knex, adapter, table, options, ticker)
    this.#table = table
    this.#queries = this.queriesOn(table)
  }

  /** The table, as it was found. */
  get table(): SessionTable {
    return this.#table
  }

  set table(found: SessionTable) {
    this.#table = found
    this.#queries = this.queriesOn(found)
  }

  /** The statements of every database. */
  get queries(): SessionQueries {
    return this.#queries
  }

  /** Likewise, on a table of other names or columns. */
  queriesOn(table: SessionTable): SessionQueries {
    return new SessionQueries(this.#knex, this.adapter, table)
  }

  /** The most connections that statements may run on. */
  get poolSize(): number {
    return this.#runner.poolSize
  }

  /** Runs a statement of the adapter's and resolves to what knex.raw resolves to. */
  execute(statement: Statement, sending: Sending): Promise<unknown> {
    return this.#runner.statement(statement, sending)
  }

  /** The rows that a query finds. */
  async rows(query: Knex.QueryBuilder, sending: Sending): Promise<readonly Cells[]> {
    return (await this.#runner.query(query, sending)) as readonly Cells[]
  }

  /** The number of rows that a query changed. */
  async changed(query: Knex.QueryBuilder, sending: Sending): Promise<number> {
    return Number(await this.#runner.query(query, sending))
  }

  /** The sids among `sids` that have a row, expired or not. */
  existing(sids: readonly string[], deadline: number): Promise<readonly string[]> {
    const sending: Sending = { work: 'looking for sessions', deadline }
    return this.ask('exists', [sids], sending, async () => {
      const rows = await this.rows(this.queries.fields(['sid'], sids), sending)
      return Array.from(rows, (row) => String(row['sid']))
    })
  }

  /**
   * Whether the adapter has such a statement, and the server has not refused it within a minute.
   */
  has(name: QueryName): boolean {
    return this.adapter.queries?.[name] !== undefined && (this.#refused.get(name)?.isOpen ?? true)
  }

  /**
   * Asks by the adapter's own statement, and else by `otherwise`, which is the way of every
   * database: also where the server does not know the statement, or the user may not run it; it is
   * left for a minute then. But where the other way fails too, the statement was not the reason.
   */
  async ask<Name extends QueryName, Other>(
    name: Name,
    args: ArgsOf<Name>,
    sending: Sending,
    otherwise: () => Promise<Other>,
  ): Promise<AnswerOf<Name> | Other> {
    if (!this.has(name)) return otherwise()
    const query = this.adapter.queries?.[name] as unknown as Query<ArgsOf<Name>, AnswerOf<Name>>
    try {
      return query.answer(await this.execute(query.statement(this.table, ...args), sending))
    } catch (error) {
      // After a refused statement nothing else may work in a transaction.
      if (this.inTransaction || !isUnsupported(error)) throw error
      const answer = await otherwise()
      const path = this.#refused.get(name) ?? new FastPath()
      this.#refused.set(name, path)
      path.close(error)
      return answer
    }
  }

  /** Gives back the connections that no statement is under way on. */
  rest(): void {
    this.#runner.rest()
  }

  /** Ends every statement that is under way, and sends no other. */
  end(): void {
    this.#runner.end()
  }
}
