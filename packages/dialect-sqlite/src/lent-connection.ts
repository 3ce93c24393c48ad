import type { DialectAdapter, Statement } from '@knex-session/core/dialect'

/** The part of a better-sqlite3 statement that runs it. */
interface PreparedStatement {
  readonly reader: boolean
  all(...bindings: readonly unknown[]): unknown
  run(...bindings: readonly unknown[]): unknown
}

/** The part of a better-sqlite3 database that tells it from one of sqlite3, whose `prepare` answers later. */
interface Database {
  prepare(sql: string): PreparedStatement
  pragma(source: string): unknown
}

const prepared = new WeakMap<Database, Map<string, PreparedStatement>>()

/**
 * Runs a statement by better-sqlite3 itself, prepared once per connection: knex prepares it anew every time, which takes longer than a
 * read does. SQLite prepares again by itself when the schema has changed (docs, `sqlite3_prepare_v2`).
 */
export const runOn: NonNullable<DialectAdapter['runOn']> = (connection, { sql, bindings }: Statement) => {
  if (!isBetterSqlite3(connection)) return undefined
  const statement = preparedOn(connection, sql)
  return { result: statement.reader ? statement.all(...bindings) : statement.run(...bindings) }
}

/** A batch has one text for each number of rows, so that a connection keeps at most a few hundred. */
function preparedOn(database: Database, sql: string): PreparedStatement {
  const statements = prepared.get(database) ?? new Map<string, PreparedStatement>()
  prepared.set(database, statements)
  const statement = statements.get(sql) ?? database.prepare(sql)
  statements.set(sql, statement)
  return statement
}

function isBetterSqlite3(connection: unknown): connection is Database {
  const { prepare, pragma } = (connection ?? {}) as Partial<Database>
  return typeof prepare === 'function' && typeof pragma === 'function'
}
