import type { Knex } from 'knex'
import type {
  DialectAdapter,
  DialectQueries,
  Query,
  SessionTable,
  Statement,
} from '../dialect/index.js'
import { isUnsupported } from '../errors.js'
import {
  StatementRunner,
  type Sending,
  type StatementOptions,
  type TableWork,
} from '../statement/runner.js'
import { FastPath, type Ticker } from '../time.js'
import { SessionQueries } from './queries.js'
import type { Cells } from './rows.js'

type QueryName = keyof DialectQueries
type QueryOf<Name extends QueryName> = NonNullable<DialectQueries[Name]>
type ArgsOf<Name extends QueryName> =
  QueryOf<Name> extends Query<infer Args, unknown> ? Args : never
type AnswerOf<Name extends QueryName> = ReturnType<QueryOf<Name>['answer']>

/** How a statement is sent, and what for. */
export interface Asking {
  readonly work: TableWork
  /** By `performance.now()`. */
  readonly deadline: number
  readonly sending?: Sending
}

/**
 * Sends the statements on the session table: those of the adapter, each for as long as the server
 * knows it, and those that knex's query builder composes for every database.
 */
export class TableStatements {
  readonly adapter: DialectAdapter
  readonly runner: StatementRunner
  /** Whether statements go out in a transaction of the application's. */
  readonly inTransaction: boolean
  readonly #knex: Knex
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
    this.runner = new StatementRunner(knex, adapter, table, options, ticker)
    this.inTransaction = knex.isTransaction === true
    this.#knex = knex
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

  /** Runs a statement of the adapter's and resolves to what knex.raw resolves to. */
  execute(
    work: TableWork,
    statement: Statement,
    deadline: number,
    sending?: Sending,
  ): Promise<unknown> {
    return this.runner.statement(work, statement, deadline, sending)
  }

  /** The rows that a query finds. */
  async rows(
    work: TableWork,
    query: Knex.QueryBuilder,
    deadline: number,
  ): Promise<readonly Cells[]> {
    return (await this.runner.query(work, query, deadline)) as readonly Cells[]
  }

  /** The number of rows that a query changed. */
  async changed(query: Knex.QueryBuilder, { work, deadline, sending }: Asking): Promise<number> {
    return Number(await this.runner.query(work, query, deadline, sending))
  }

  /** The sids among `sids` that have a row, expired or not. */
  existing(sids: readonly string[], deadline: number): Promise<readonly string[]> {
    const work = 'looking for sessions'
    return this.ask('exists', [sids], { work, deadline }, async () => {
      const rows = await this.rows(work, this.queries.fields(['sid'], sids), deadline)
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
    { work, deadline, sending }: Asking,
    otherwise: () => Promise<Other>,
  ): Promise<AnswerOf<Name> | Other> {
    if (!this.has(name)) return otherwise()
    const query = this.adapter.queries?.[name] as unknown as Query<ArgsOf<Name>, AnswerOf<Name>>
    try {
      return query.answer(
        await this.runner.statement(work, query.statement(this.table, ...args), deadline, sending),
      )
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
}
