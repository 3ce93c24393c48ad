import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-sqlite'
import knexPackage from 'knex'

/**
 * @typedef {object} LiveSession
 * @property {string} key
 * @property {string} user
 * @property {number} visits
 * @property {Date} expires
 */

/**
 * Opens the sessions kept in an SQLite file, which is made if it is missing. Rejects when the file
 * cannot be used.
 * @param {string} file
 */
export const openSessions = async (file) => {
  const knex = knexPackage({
    client: 'better-sqlite3',
    connection: { filename: file },
    useNullAsDefault: true,
  })
  const store = new KnexSessionStore({ knex })

  /** The store does not close what it did not open, so the database is closed after it. */
  const close = async () => {
    await store.close()
    await knex.destroy()
  }

  /**
   * The sessions of one user, the one seen last first. Nobody sees those of others.
   * @param {string} user
   * @returns {Promise<LiveSession[]>}
   */
  const list = async (user) => {
    const own = (await store.all()).filter((session) => session.user === user)
    const live = own.map(({ key, visits, cookie }) => ({
      key,
      user,
      visits,
      expires: new Date(cookie.expires ?? 0),
    }))
    return live.sort((one, other) => other.expires.getTime() - one.expires.getTime())
  }

  /**
   * Ends the session of this user that has this key; the result says whether there was one.
   * Sessions are rows of a plain table, so whatever the store has no method for can be asked in
   * SQL: here the id that goes with a key.
   * @param {string} user
   * @param {string} key
   */
  const revoke = async (user, key) => {
    const rows = knex(store.options.tableName)
      .whereJsonPath('sess', '$.key', '=', key)
      .whereJsonPath('sess', '$.user', '=', user)
    const [sid] = await rows.pluck('sid')
    return sid !== undefined && (await store.destroy(sid)) > 0
  }

  try {
    // No call needs this. Waiting for it here makes a file that cannot be used known at the start,
    // and not at the first request.
    await store.ready
  } catch (error) {
    await close()
    throw error
  }
  return { store, list, revoke, close }
}
