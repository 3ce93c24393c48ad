import createKnex from 'knex'
import Database from 'libsql'

/**
 * knex's own client for better-sqlite3, whose interface libSQL has. knex gives it out without a
 * connection, so that `better-sqlite3` need not be installed.
 * @type {typeof import('knex').Knex.Client}
 */
const BetterSqlite3Client = createKnex({ client: 'better-sqlite3', useNullAsDefault: true }).client
  .constructor

/**
 * A knex client for libSQL, to be given as the option `client`: `connection: { filename }` names
 * the file, `:memory:` a database in memory.
 */
export class LibsqlClient extends BetterSqlite3Client {
  _driver() {
    return Database
  }
}

// The name by which the store finds the adapter.
LibsqlClient.prototype.driverName = 'libsql'
