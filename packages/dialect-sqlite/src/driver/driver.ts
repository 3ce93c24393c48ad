import type { DriverAccess } from '@knex-session/core/dialect'
import { databaseList, OpenedFile } from './moved-file.js'

/** The part of a better-sqlite3 statement that runs it. */
interface PreparedStatement {
  readonly reader: boolean
  all(...bindings: readonly unknown[]): unknown
  run(...bindings: readonly unknown[]): unknown
}

/**
 * The part of a better-sqlite3 database that is used, and that distinguishes it from one of
 * sqlite3, whose `prepare` answers later.
 */
interface Database {
  prepare(sql: string): PreparedStatement
  pragma(source: string): unknown
  close(): unknown
}

/** The part of knex's client, for either driver, that runs a query. */
interface Client {
  _query(connection: object, query: Query): Promise<unknown>
}

interface Query {
  readonly sql: string
  readonly bindings: readonly unknown[]
  readonly method: string
  response?: unknown
}

/** `isRead`: the statement's `reader`, which asks SQLite each time. */
interface Prepared {
  readonly statement: PreparedStatement
  readonly isRead: boolean
}

/** What is kept of a connection. */
interface Known {
  readonly statements: Map<string, Prepared>
  readonly file: OpenedFile
}

const known = new WeakMap<Database, Known>()
const files = new WeakMap<object, OpenedFile>()

/**
 * Runs statements by better-sqlite3 itself, prepared once per connection: knex prepares them anew
 * every time, which takes longer than a read does. SQLite prepares again by itself when the schema
 * has changed (docs, `sqlite3_prepare_v2`). After each, also after those that knex runs by either
 * driver, the file has to be there still.
 */
export const driver: DriverAccess = {
  accepts(connection) {
    const { prepare, pragma } = (connection ?? {}) as Partial<Database>
    return typeof prepare === 'function' && typeof pragma === 'function'
  },
  run(connection, { sql, bindings }) {
    const database = connection as Database
    const { statements, file } = knownOf(database)
    let prepared = statements.get(sql)
    if (!prepared) statements.set(sql, (prepared = preparedOn(database, sql)))
    let result: unknown
    try {
      result = prepared.isRead
        ? prepared.statement.all(...bindings)
        : prepared.statement.run(...bindings)
    } catch (error) {
      file.check(true)
      throw error
    }
    file.check()
    return result
  },
  ownClient(shared) {
    const client = shared as Client
    return {
      _query: {
        async value(this: Client, connection: object, query: Query) {
          const file =
            files.get(connection) ??
            new OpenedFile(connection, await listed(this, client, connection))
          files.set(connection, file)
          try {
            return await client._query.call(this, connection, query)
          } finally {
            file.check(true)
          }
        },
      },
    }
  },
  destroy(connection) {
    ;(connection as Database).close()
  },
}

/** Batches have one text for each padded number of rows, so that a connection keeps a few dozen. */
function knownOf(database: Database): Known {
  const found = known.get(database)
  if (found) return found
  const file = files.get(database) ?? new OpenedFile(database, database.pragma(databaseList))
  const made: Known = { statements: new Map(), file }
  files.set(database, file)
  known.set(database, made)
  return made
}

function preparedOn(database: Database, sql: string): Prepared {
  const statement = database.prepare(sql)
  return { statement, isRead: statement.reader }
}

async function listed(own: Client, shared: Client, connection: object): Promise<unknown> {
  const query: Query = { sql: `pragma ${databaseList}`, bindings: [], method: 'raw' }
  await shared._query.call(own, connection, query)
  return query.response
}
