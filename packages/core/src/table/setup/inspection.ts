import type { Knex } from 'knex'
import type { SessionTable, Statement } from '../../dialect/index.js'
import {
  isRefusal,
  isUnsupported,
  SessionStoreError,
  withNote,
  type ErrorKind,
} from '../../errors.js'
import type { TableStatements } from '../statements.js'

const work = 'looking for the session table'

/** Looks whether the session table is there, and at what is. */
export class Inspection {
  readonly #statements: TableStatements
  #unseenReported = false

  constructor(statements: TableStatements) {
    this.#statements = statements
  }

  /**
   * Whether the table is there. Rejects when a column of it is not there or may not be read, but in
   * a transaction of the application's, which that would end on some databases.
   */
  async exists(deadline: number): Promise<boolean> {
    const { adapter, table, inTransaction, queries } = this.#statements
    const tableExists = adapter.server?.tableExists
    if (tableExists && inTransaction)
      return tableExists.answer(await this.#run(tableExists.statement(table), deadline))
    return this.#finds(queries.check(), deadline, (error) => {
      throw error
    })
  }

  /**
   * Whether there is a table of other names, be it of other columns or one that may not be read.
   */
  hasOther(
    names: Pick<SessionTable, 'tableName' | 'schemaName'>,
    deadline: number,
  ): Promise<boolean> {
    const other = this.#statements.queriesOn({ ...this.#statements.table, ...names })
    // Whatever its columns: another failure than for want of a right then means that there is no
    // such schema or database.
    return this.#finds(other.check([]), deadline, ({ kind }) => kind === 'access-denied')
  }

  /** Whether the table has such columns, whatever others. */
  hasColumns(names: readonly string[], deadline: number): Promise<boolean> {
    return this.#finds(this.#statements.queries.check(names), deadline, () => false)
  }

  /**
   * Has the adapter look at the connection and the table that is there. Rejects where no store can
   * work on them.
   */
  async inspect(deadline: number): Promise<void> {
    await this.#checkCommits(deadline)
    const { adapter, table } = this.#statements
    const inspect = adapter.server?.inspect
    if (!inspect) return
    const results: unknown[] = []
    try {
      for (const statement of inspect.statements(table))
        results.push(await this.#run(statement, deadline))
    } catch (error) {
      // One that the server cannot look at, or the user may not, is taken for one that the adapter
      // made.
      if (!isUnsupported(error)) throw error
      if (!this.#unseenReported)
        process.emitWarning(
          withNote(error, 'the store takes the table for one that it made itself'),
        )
      this.#unseenReported = true
      return
    }
    const found = inspect.answer(results, table)
    if (typeof found === 'string') throw this.#unusable(found)
    this.#statements.table = found
  }

  /** Rejects with kind `access-denied` where the database user may not write. */
  async checkRights(deadline: number): Promise<void> {
    const { adapter, table, inTransaction } = this.#statements
    const rights = inTransaction ? undefined : adapter.server?.rights
    if (!rights) return
    const results: unknown[] = []
    try {
      for (const statement of rights.statements(table))
        results.push(
          await this.#statements.execute(statement, {
            work: 'asking for the rights on the session table',
            deadline,
          }),
        )
    } catch (error) {
      // A server that is read-only for now, or whose tables are locked, says nothing of rights, and
      // reads are to work. Writes hear of what is missing by themselves.
      if ((error as Partial<SessionStoreError>).kind === 'access-denied') throw error
      return
    }
    const missing = rights.answer(results, table)
    if (missing !== undefined) throw this.#unusable(missing, 'access-denied')
  }

  async #checkCommits(deadline: number): Promise<void> {
    const { adapter, table, inTransaction } = this.#statements
    const commits = adapter.server?.commits
    if (!commits || inTransaction) return
    const asked = await this.#statements.execute(commits.statement(table), {
      work: 'asking whether statements are committed',
      deadline,
    })
    if (commits.answer(asked)) return
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
      await this.#statements.rows(check, { work, deadline })
      return true
    } catch (error) {
      if ((error as Partial<SessionStoreError>).kind === 'missing-table') return false
      if (isRefusal(error)) return refused(error)
      throw error
    }
  }

  #run(statement: Statement, deadline: number): Promise<unknown> {
    return this.#statements.execute(statement, { work, deadline })
  }

  #unusable(message: string, kind: ErrorKind = 'other'): SessionStoreError {
    return new SessionStoreError({
      code: 'ERR_DATABASE',
      kind,
      dialect: this.#statements.adapter.name,
      message,
    })
  }
}
