import type { DriverAccess } from '@knex-session/core/dialect'

/** The part of a better-sqlite3 statement that runs it. */
interface PreparedStatement {
  readonly reader: boolean
  all(...bindings: readonly unknown[]): unknown
  run(...bindings: readonly unknown[]): unknown
}

/** The part of a better-sqlite3 database that is used, and that tells it from one of sqlite3, whose `prepare` answers later. */
interface Database {
  prepare(sql: string): PreparedStatement
  pragma(source: string): unknown
  close(): unknown
}

const prepared = new WeakMap<Database, Map<string, PreparedStatement>>()

/**
 * Runs statements by better-sqlite3 itself, prepared once per connection: knex prepares them anew every time, which takes longer than a
 * read does. SQLite prepares again by itself when the schema has changed (docs, `sqlite3_prepare_v2`).
 */
export const driver: DriverAccess = {
  knows(connection) {
    const { prepare, pragma } = (connection ?? {}) as Partial<Database>
    return typeof prepare === 'function' && typeof pragma === 'function'
  },
  run(connection, { sql, bindings }) {
    const statement = preparedOn(connection as Database, sql)
    return statement.reader ? statement.all(...bindings) : statement.run(...bindings)
  },
  rollback(_connection, error) {
    // Its file was deleted or replaced: only another connection opens the one that is there now.
    const isMoved = (error as { readonly code?: unknown } | undefined)?.code === 'SQLITE_READONLY_DBMOVED'
    return isMoved ? Promise.reject(new Error('the file of the database was deleted or moved')) : Promise.resolve()
  },
  end(connection) {
    ;(connection as Database).close()
  },
}

/** Batches have one text for each padded number of rows, so that a connection keeps a few dozen. */
function preparedOn(database: Database, sql: string): PreparedStatement {
  const statements = prepared.get(database) ?? new Map<string, PreparedStatement>()
  prepared.set(database, statements)
  const statement = statements.get(sql) ?? database.prepare(sql)
  statements.set(sql, statement)
  return statement
}
