import type { Knex } from 'knex'
import type { DialectAdapter, SessionTable } from '../dialect/index.js'
import { isRefusal, SessionStoreError } from '../errors.js'
import type { StatementRunner } from '../statement/runner.js'
import { SessionQueries } from './queries.js'

const work = 'looking for the session table'

/** Looks whether a table is there, and at what is. */
export class Inspection {
  readonly #knex: Knex
  readonly #adapter: DialectAdapter
  readonly #runner: StatementRunner

  constructor(knex: Knex, adapter: DialectAdapter, runner: StatementRunner) {
    this.#knex = knex
    this.#adapter = adapter
    this.#runner = runner
  }

  /**
   * Whether the table is there. Rejects when a column of it is not there or may not be read, as far
   * as that is looked for.
   */
  async exists(table: SessionTable, deadline: number): Promise<boolean> {
    const tableExists = this.#adapter.server?.tableExists
    if (tableExists && this.#inTransaction) {
      return tableExists.answer(
        await this.#runner.statement(work, tableExists.statement(table), deadline),
      )
    }
    return this.#finds(this.#queries(table).check(), deadline, (error) => {
      throw error
    })
  }

  /** Whether there is a table, be it of other columns or one that may not be read. */
  hasOther(table: SessionTable, deadline: number): Promise<boolean> {
    // Whatever its columns: another failure than for want of a right then means that there is no
    // such schema or database.
    return this.#finds(
      this.#queries(table).check([]),
      deadline,
      ({ kind }) => kind === 'access-denied',
    )
  }

  /** Whether the table has such columns, whatever others. */
  hasColumns(table: SessionTable, names: readonly string[], deadline: number): Promise<boolean> {
    return this.#finds(this.#queries(table).check(names), deadline, () => false)
  }

  /**
   * The table as the adapter finds it. Rejects where no store can work on it, or on the connection.
   */
  async inspect(table: SessionTable, deadline: number): Promise<SessionTable> {
    await this.#checkCommits(table, deadline)
    const inspect = this.#adapter.server?.inspect
    if (!inspect) return table
    const results: unknown[] = []
    try {
      for (const statement of inspect.statements(table))
        results.push(await this.#runner.statement(work, statement, deadline))
    } catch (error) {
      // One that the server cannot look at, or the user may not, is taken for one that the adapter
      // made.
      if (!isRefusal(error) || error.kind === 'other') throw error
      return table
    }
    const found = inspect.answer(results, table)
    if (typeof found === 'string') throw this.#unusable(found)
    return found
  }

  async #checkCommits(table: SessionTable, deadline: number): Promise<void> {
    const commits = this.#adapter.server?.commits
    if (!commits || this.#inTransaction) return
    if (
      commits.answer(
        await this.#runner.statement(
          'asking whether statements are committed',
          commits.statement(table),
          deadline,
        ),
      )
    )
      return
    throw this.#unusable(
      'the connections of the knex instance do not commit by themselves, so that nothing the store writes would last; give the store a knex ' +
        'instance without such a setting (`autocommit = 0`, `implicit_transactions on`: look at `pool.afterCreate` and at the server), or set it back there',
    )
  }

  /** `refused`: what it means that the server refuses the look. */
  async #finds(
    check: Knex.QueryBuilder,
    deadline: number,
    refused: (error: SessionStoreError) => boolean,
  ): Promise<boolean> {
    try {
      await this.#runner.query(work, check, deadline)
      return true
    } catch (error) {
      if ((error as Partial<SessionStoreError>).kind === 'missing-table') return false
      if (isRefusal(error)) return refused(error)
      throw error
    }
  }

  #queries(table: SessionTable): SessionQueries {
    return new SessionQueries(this.#knex, this.#adapter, table)
  }

  get #inTransaction(): boolean {
    return this.#knex.isTransaction === true
  }

  #unusable(message: string): SessionStoreError {
    return new SessionStoreError({
      code: 'ERR_DATABASE',
      kind: 'other',
      dialect: this.#adapter.name,
      message,
    })
  }
}
