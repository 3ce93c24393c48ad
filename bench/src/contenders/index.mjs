import { bareBetterSqlite3 } from './bare-better-sqlite3.mjs'
import { bareMysql2 } from './bare-mysql2.mjs'
import { barePg } from './bare-pg.mjs'
import { sqliteSessionStore } from './better-sqlite3-session-store.mjs'
import { pgSimple } from './connect-pg-simple.mjs'
import { connectRedis } from './connect-redis.mjs'
import { connectSessionKnex } from './connect-session-knex.mjs'
import { expressMysqlSession } from './express-mysql-session.mjs'
import { everyTouch, knexSession } from './knex-session.mjs'
import { memoryStore } from './memory-store.mjs'

/** Everything that is measured. @type {readonly import('./contender.mjs').Contender[]} */
export const contenders = [
  knexSession('postgres'),
  everyTouch('postgres'),
  pgSimple,
  connectSessionKnex('postgres'),
  barePg,
  knexSession('mariadb'),
  everyTouch('mariadb'),
  expressMysqlSession,
  connectSessionKnex('mariadb'),
  bareMysql2,
  knexSession('sqlite'),
  everyTouch('sqlite'),
  sqliteSessionStore,
  connectSessionKnex('sqlite'),
  bareBetterSqlite3,
  connectRedis,
  memoryStore,
]

/**
 * The name of a contender that no other has. @param {import('./contender.mjs').Contender} contender
 */
export const idOf = ({ database, name }) => `${database}/${name}`

/** @param {string} id */
export function contenderOf(id) {
  const found = contenders.find((contender) => idOf(contender) === id)
  if (!found) throw new Error(`no contender is called ${id}`)
  return found
}
