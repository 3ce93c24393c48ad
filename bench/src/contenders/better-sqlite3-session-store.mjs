import Database from 'better-sqlite3'
import betterSqlite3SessionStore from 'better-sqlite3-session-store'
import session from 'express-session'
import { join } from 'node:path'
import { sqlitePragmas } from './knex-config.mjs'

/** @type {import('./contender.mjs').Contender} */
export const sqliteSessionStore = {
  name: 'better-sqlite3-session-store',
  database: 'sqlite',
  packages: ['better-sqlite3-session-store', 'better-sqlite3'],
  async open({ urls, suffix }) {
    const client = new Database(join(urls.sqlite, `session_store${suffix}.sqlite`))
    for (const pragma of sqlitePragmas) client.pragma(pragma)
    const store = new (betterSqlite3SessionStore(session))({ client })
    return { store, close: async () => void client.close() }
  },
}
