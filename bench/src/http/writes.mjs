// Counts the statements that write, at the drivers' own methods, whichever store sends them.
import { createRequire } from 'node:module'
import Database from 'better-sqlite3'
import mysql from 'mysql2'
import pg from 'pg'

/** A store may bring a release of its driver of its own. */
const driverOf = createRequire(createRequire(import.meta.url).resolve('express-mysql-session'))

/** What Redis calls writing, of the commands that a session store sends. */
const redisWrites = /^cmdstat_(?:set|expire|del):calls=(\d+)/gm

let count = 0

/** @param {string | undefined} text */
function note(text) {
  // A setting, or the sessions as a relation, may stand before the statement itself.
  if (
    text !== undefined &&
    /(?:^|[\s)])(?:insert into|update|delete from|replace into)\s/i.test(text)
  )
    count++
}

/**
 * Has every statement that goes by the method of a class looked at.
 * @param {any} prototype @param {string} method
 */
function watch(prototype, method) {
  const original = prototype[method]
  prototype[method] = function (statement, ...rest) {
    note(typeof statement === 'string' ? statement : (statement?.text ?? statement?.sql))
    return original.call(this, statement, ...rest)
  }
}

/**
 * Watches the drivers of this process from now on.
 * @returns {(store: any) => Promise<number>} how many statements have written so far, as the
 * drivers saw it, or as Redis says
 */
export function watchWrites() {
  watch(pg.Client.prototype, 'query')
  for (const release of new Set([mysql, driverOf('mysql2')])) {
    const connection = Object.getPrototypeOf(/** @type {any} */ (release).Connection.prototype)
    // Before mysql2 3.11 there is no class above it.
    const prototype = connection.query ? connection : release.Connection.prototype
    for (const method of ['query', 'execute']) watch(prototype, method)
  }
  const { prepare } = Database.prototype
  Database.prototype.prepare = function (source) {
    const statement = prepare.call(this, source)
    for (const method of ['run', 'all', 'get']) {
      const original = statement[method]
      Object.defineProperty(statement, method, {
        value: function (...values) {
          note(source)
          return original.apply(this, values)
        },
      })
    }
    return statement
  }
  return async (store) => {
    if (store.client?.info === undefined) return count
    const stats = await store.client.info('commandstats')
    return Array.from(stats.matchAll(redisWrites), ([, calls]) => Number(calls)).reduce(
      (sum, calls) => sum + calls,
      0,
    )
  }
}
