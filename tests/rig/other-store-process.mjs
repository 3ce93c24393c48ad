/**
 * A store of another package in a process of its own, on the table that it makes: `name` and
 * `connection` are arguments. It answers `{ id, method, sid, session }` by `{ id, result }` or
 * `{ id, error }`.
 */
import { createRequire } from 'node:module'
import session from 'express-session'

const require = createRequire(import.meta.url)
const [, , name = '', connection = ''] = process.argv

/** @typedef {{ store: any, ready?: Promise<unknown>, prune?: () => unknown }} Made */

/** @type {Record<string, () => Made>} */
const made = {
  'connect-pg-simple'() {
    const Store = require('connect-pg-simple')(session)
    const store = new Store({
      conString: connection,
      createTableIfMissing: true,
      pruneSessionInterval: false,
    })
    return { store, prune: () => new Promise((resolve) => store.pruneSessions(resolve)) }
  },
  'express-mysql-session'() {
    const Store = require('express-mysql-session')(session)
    const pool = require('mysql2/promise').createPool(connection)
    const store = new Store({ clearExpired: false }, pool)
    return { store, ready: store.onReady(), prune: () => store.clearExpiredSessions() }
  },
  'connect-sqlite3'() {
    const sqlite3 = require('sqlite3')
    const Store = require('connect-sqlite3')(session)
    const store = new Store({ db: new sqlite3.Database(connection) })
    return { store, ready: new Promise((resolve) => store.client.once('connect', resolve)) }
  },
  'better-sqlite3-session-store'() {
    const Database = require('better-sqlite3')
    const Store = require('better-sqlite3-session-store')(session)
    const store = new Store({ client: new Database(connection) })
    return { store, prune: () => Promise.resolve(store.clearExpiredSessions()) }
  },
  'connect-session-sequelize'() {
    const { Sequelize } = require('sequelize')
    const Store = require('connect-session-sequelize')(session.Store)
    const sqlite = {
      dialect: /** @type {const} */ ('sqlite'),
      dialectModule: require('sqlite3'),
      storage: connection,
    }
    const db = /^\w+:/.test(connection)
      ? new Sequelize(connection.replace(/^mysql:/, 'mariadb:'), { logging: false })
      : new Sequelize({ ...sqlite, logging: false })
    const store = new Store({ db, checkExpirationInterval: -1 })
    return { store, ready: store.sync(), prune: () => store.clearExpiredSessions() }
  },
}

const { store, ready, prune } = /** @type {() => Made} */ (made[name])()

/**
 * A session as express-session hands it to a store.
 *
 * @param {any} session
 */
function sessionFrom({ cookie: { expires }, ...contents }) {
  const cookie = new session.Cookie()
  cookie.expires = new Date(expires)
  return { cookie, ...contents }
}

/**
 * @param {string} method
 * @param {unknown[]} args
 */
function asked(method, ...args) {
  return new Promise((resolve, reject) => {
    store[method](...args, (/** @type {unknown} */ error, /** @type {unknown} */ result) => {
      if (error) reject(error)
      else resolve(result)
    })
  })
}

/** @param {{ method: string, sid: unknown, session?: unknown }} message */
function run({ method, sid, session: given }) {
  if (method === 'prune') return prune?.()
  return asked(method, sid, ...(given ? [sessionFrom(given)] : []))
}

process.on('message', async (/** @type {any} */ message) => {
  try {
    const result = await run(message)
    process.send?.({ id: message.id, result: message.method === 'get' ? (result ?? null) : null })
  } catch (error) {
    process.send?.({ id: message.id, error: String(error) })
  }
})
process.on('disconnect', () => process.exit())

await ready
// The first call makes the table of connect-pg-simple.
await asked('get', 'nobody')
process.send?.({ id: 'ready', result: new Date(2026, 0, 1).getTimezoneOffset() })
