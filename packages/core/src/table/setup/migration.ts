import type { Knex } from 'knex'
import {
  qualifiedName,
  type Column,
  type DialectAdapter,
  type ServerInfo,
  type SessionTable,
  type Statement,
} from '../../dialect/index.js'
import { nameOf } from '../../dialect/table.js'
import { isRefusal, SessionStoreError, type SessionStoreErrorCode } from '../../errors.js'
import type { TableWork } from '../../statement/runner.js'
import { Ticker } from '../../time.js'
import { TableStatements } from '../statements.js'
import { Inspection } from './inspection.js'
import { askServer, isAdded, namesOf, serverFor } from './server.js'

const noLimit = Infinity

const columnsMissing = new Error('a column is missing')

/** Something that keeps a store from working on a table. */
export interface TableProblem {
  /**
   * - `table`: there is no table
   * - `columns`: a column is missing
   * - `types`: a column or a key has the wrong type, or connections do not commit by themselves
   * - `rights`: the database user lacks a right
   */
  readonly about: 'table' | 'columns' | 'types' | 'rights'
  /** What is wrong and what to do. */
  readonly message: string
  /**
   * SQL statements that put it right. Empty when they are not known, or when the message has them.
   */
  readonly statements: readonly string[]
}

/**
 * Changes of the session table that the application asks for, in its transaction where it has one:
 * unlike a store, which makes no table there.
 */
export class TableMigration {
  readonly #knex: Knex
  readonly #statements: TableStatements
  readonly #inspection: Inspection

  constructor(knex: Knex, adapter: DialectAdapter, table: SessionTable) {
    this.#knex = knex
    this.#statements = statementsOn(knex, adapter, table)
    this.#inspection = new Inspection(this.#statements)
  }

  /** Makes the table, unless it is there; resolves to whether it did. */
  async create(): Promise<boolean> {
    if (await this.#isThere()) {
      const missing = await this.#missing()
      if (missing.length === 0) return false
      throw this.#wrong(missing, 'add them with `addSessionColumns`')
    }
    const { adapter, table } = this.#statements
    const server = await this.#server()
    await this.#run('creating the session table', adapter.createTable(table, server))
    return true
  }

  /** Adds the columns that are missing, with their indexes; resolves to their names. */
  async addColumns(): Promise<readonly string[]> {
    const { adapter, table } = this.#statements
    if (!(await this.#isThere()))
      throw this.#error(
        'ERR_TABLE_MISSING',
        `there is no table ${nameOf(table)}; make it with \`createSessionTable\``,
      )
    const missing = await this.#missing()
    if (missing.length === 0) return []
    const sql = adapter.addColumns?.(table, missing, await this.#server())
    if (!sql || !missing.every(isAdded)) throw this.#wrong(missing, 'add them by hand')
    await this.#run('adding columns to the session table', sql)
    return missing.map(({ name }) => name)
  }

  /** Removes the table with its sessions, if it is there; resolves to whether it was. */
  async drop(): Promise<boolean> {
    if (!(await this.#isThere())) return false
    const missing = await this.#missing()
    if (!missing.every(isAdded)) throw this.#wrong(missing, 'remove it by hand if it is meant')
    const { adapter, table } = this.#statements
    await this.#run('dropping the session table', [
      { sql: `drop table ${qualifiedName(adapter, table)}`, bindings: [] },
    ])
    return true
  }

  /** What is wrong with the table that is there, or that is not. */
  async problems(): Promise<readonly TableProblem[]> {
    const { adapter, table } = this.#statements
    const server = await askServer(this.#statements, noLimit)
    const problem = (
      about: TableProblem['about'],
      { message }: Error,
      sql?: readonly Statement[],
    ) => ({
      about,
      message,
      statements: sql?.map((each) => each.sql) ?? [],
    })
    if (!(await this.#isThere())) {
      const error = this.#error('ERR_TABLE_MISSING', `there is no table ${nameOf(table)}`)
      return [problem('table', error, adapter.createTable(table, server))]
    }
    const missing = await this.#missing()
    if (!missing.every(isAdded))
      return [problem('columns', this.#wrong(missing, 'mend it by hand'))]
    const found: TableProblem[] = []
    if (missing.length > 0)
      found.push(
        problem(
          'columns',
          this.#wrong(missing, 'add them'),
          adapter.addColumns?.(table, missing, server),
        ),
      )
    for (const [about, look] of [
      ['types', () => this.#inspection.inspect(noLimit)],
      ['rights', () => this.#inspection.checkRights(noLimit)],
    ] as const) {
      try {
        await look()
      } catch (error) {
        if (!isRefusal(error)) throw error
        found.push(problem(about, error))
      }
    }
    return found
  }

  #server(): Promise<ServerInfo> {
    return serverFor(this.#statements, noLimit)
  }

  async #run(work: TableWork, statements: readonly Statement[]): Promise<void> {
    for (const statement of statements)
      await this.#statements.execute(statement, { work, deadline: noLimit })
  }

  #isThere(): Promise<boolean> {
    const { adapter, inTransaction, table } = this.#statements
    return inTransaction && adapter.server?.tableExists
      ? this.#inspection.exists(noLimit)
      : this.#inspection.hasOther(table, noLimit)
  }

  async #missing(): Promise<readonly Column[]> {
    const { columns } = this.#statements.table
    if (await this.#has(columns)) return []
    const missing: Column[] = []
    for (const column of columns) if (!(await this.#has([column]))) missing.push(column)
    return missing
  }

  /** Where a statement that fails ends the transaction, the look has a savepoint. */
  async #has(columns: readonly Column[]): Promise<boolean> {
    const { adapter, inTransaction, table } = this.#statements
    const names = columns.map(({ name }) => name)
    if (!inTransaction || !adapter.server?.tableExists)
      return this.#inspection.hasColumns(names, noLimit)
    try {
      await this.#knex.transaction(async (savepoint) => {
        const look = new Inspection(statementsOn(savepoint, adapter, table))
        if (!(await look.hasColumns(names, noLimit))) throw columnsMissing
      })
      return true
    } catch (thrown) {
      if (thrown === columnsMissing) return false
      throw thrown
    }
  }

  #wrong(missing: readonly Column[], advice: string): SessionStoreError {
    const todo = !missing.every(isAdded)
      ? 'it is no session table; choose another `tableName`, or '
      : ''
    return this.#error(
      'ERR_DATABASE',
      `the table ${nameOf(this.#statements.table)} has no column ${namesOf(missing)}; ${todo}${advice}`,
    )
  }

  #error(code: SessionStoreErrorCode, message: string): SessionStoreError {
    return new SessionStoreError({ code, dialect: this.#statements.adapter.name, message })
  }
}

function statementsOn(knex: Knex, adapter: DialectAdapter, table: SessionTable): TableStatements {
  const options = { timeout: 0, preparedStatements: false }
  return new TableStatements(knex, adapter, table, options, new Ticker(0))
}
