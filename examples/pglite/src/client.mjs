import { PGlite } from '@electric-sql/pglite'
import createKnex from 'knex'

/**
 * knex's own client for PostgreSQL. knex gives it out without a connection, so that `pg` need not
 * be installed.
 * @type {typeof import('knex').Knex.Client}
 */
const PostgresClient = createKnex({ client: 'pg' }).client.constructor

/**
 * What knex calls a query in an answer of `pg`. Its client decides by this word what to hand out.
 */
const commands = {
  select: 'SELECT',
  first: 'SELECT',
  pluck: 'SELECT',
  update: 'UPDATE',
  del: 'DELETE',
}

/**
 * What knex's pool holds. PGlite has one session, so that every connection is the same one; knex
 * marks a connection that it gives up, which must not mark the next.
 * @typedef {{ readonly database: PGlite }} Connection
 */

/**
 * A knex client for PGlite, to be given as the option `client`.
 *
 * `connection: { filename }` opens the database in that folder, which the knex instance owns and
 * closes; `connection: { pglite }` works on a PGlite of the application's own, which stays open.
 * With neither the database is in memory. The pool has one connection, whatever it is told.
 */
export class PgliteClient extends PostgresClient {
  /** @type {PGlite | undefined} */
  #owned

  /** @param {import('knex').Knex.Config} config */
  constructor(config) {
    super({ ...config, pool: { ...config.pool, min: 0, max: 1 } })
  }

  _driver() {
    return PGlite
  }

  /** @returns {Promise<Connection>} */
  async _acquireOnlyConnection() {
    const { pglite, filename } = /** @type {{ pglite?: PGlite, filename?: string }} */ (
      this.connectionSettings
    )
    const database = pglite ?? (this.#owned ??= new PGlite(filename))
    await database.waitReady
    return { database }
  }

  /** @param {Connection} connection */
  async checkVersion({ database }) {
    const { rows } = await database.query("select current_setting('server_version') as version")
    return /** @type {{ version: string }} */ (rows[0]).version
  }

  /** @param {Connection} connection @param {string | readonly string[]} [searchPath] */
  async setSchemaSearchPath(
    { database },
    searchPath = /** @type {{ searchPath?: string | string[] }} */ (this.config).searchPath,
  ) {
    const schemas = [searchPath ?? []].flat()
    if (schemas.length > 0)
      await database.query("select set_config('search_path', $1, false)", [
        schemas.map(quoted).join(', '),
      ])
    return true
  }

  /**
   * The database stays open: only the whole knex instance closes it. A transaction that was given
   * up must not reach the next user.
   * @override
   * @param {Connection} connection
   */
  async destroyRawConnection({ database }) {
    if (!database.closed) await database.exec('rollback')
  }

  /** @override @param {((error?: unknown) => void) | undefined} callback */
  async destroy(callback) {
    await super.destroy(undefined)
    await this.#owned?.close()
    this.#owned = undefined
    callback?.()
  }

  /**
   * @param {Connection} connection @param {{ sql: string, bindings?: unknown[], method?: string,
   * response?: unknown }} query
   */
  async _query({ database }, query) {
    if (!query.sql) throw new Error('the query is empty')
    const { rows, fields, affectedRows } = await database.query(query.sql, query.bindings)
    const command = commands[/** @type {keyof typeof commands} */ (query.method)]
    query.response = { rows, fields, rowCount: affectedRows, command }
    return query
  }
}

/** @param {string} name */
const quoted = (name) => `"${name.replaceAll('"', '""')}"`

// The name by which the store finds the adapter. knex would ask a second connection to cancel a
// statement that takes too long; there is none.
Object.assign(PgliteClient.prototype, { driverName: 'pglite', canCancelQuery: false })
