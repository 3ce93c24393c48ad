import type { DialectAdapter, DialectQueries, Query, SessionTable } from '../dialect/index.js'
import { isRefusal } from '../errors.js'
import type { Sending, StatementRunner, TableWork } from '../statement/runner.js'
import { FastPath } from '../time.js'

/** The name of a statement that an adapter may have. */
export type QueryName = keyof DialectQueries
type QueryOf<Name extends QueryName> = NonNullable<DialectQueries[Name]>
/** What a statement is made of. */
export type ArgsOf<Name extends QueryName> =
  QueryOf<Name> extends Query<infer Args, unknown> ? Args : never
/** What a statement tells. */
export type AnswerOf<Name extends QueryName> = ReturnType<QueryOf<Name>['answer']>

/** How a statement is sent, and what for. */
export interface Asking {
  readonly work: TableWork
  readonly deadline: number
  readonly sending?: Sending
}

/** The adapter's own statements, each for as long as the server knows it. */
export class OwnQueries {
  /** The table, as it was found. */
  table: SessionTable
  readonly #adapter: DialectAdapter
  readonly #runner: StatementRunner
  readonly #inTransaction: boolean
  readonly #refused = new Map<QueryName, FastPath>()

  /** `inTransaction`: whether statements go out in a transaction of the application's. */
  constructor(
    adapter: DialectAdapter,
    table: SessionTable,
    runner: StatementRunner,
    inTransaction: boolean,
  ) {
    this.table = table
    this.#adapter = adapter
    this.#runner = runner
    this.#inTransaction = inTransaction
  }

  /**
   * Whether the adapter has such a statement, and the server has not refused it within a minute.
   */
  has(name: QueryName): boolean {
    return this.#adapter.queries?.[name] !== undefined && (this.#refused.get(name)?.isOpen ?? true)
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
    const query = this.#adapter.queries?.[name] as unknown as Query<ArgsOf<Name>, AnswerOf<Name>>
    try {
      return query.answer(
        await this.#runner.statement(work, query.statement(this.table, ...args), deadline, sending),
      )
    } catch (error) {
      // After a refused statement nothing else may work in a transaction.
      if (this.#inTransaction || !isRefusal(error) || error.kind === 'other') throw error
      const answer = await otherwise()
      const path = this.#refused.get(name) ?? new FastPath()
      this.#refused.set(name, path)
      path.close(error)
      return answer
    }
  }
}
