import { join } from 'node:path'
import { poolSize } from './contender.mjs'

/**
 * The settings that SQLite's own pages recommend with a write-ahead log; equal for every SQLite
 * contender.
 */
export const sqlitePragmas = ['busy_timeout = 5000', 'journal_mode = wal', 'synchronous = normal']

/**
 * The knex configuration for one of the databases.
 * @param {'postgres' | 'mariadb' | 'sqlite'} database
 * @param {import('./contender.mjs').Place} place
 * @param {string} file name of SQLite's file
 * @returns {import('knex').Knex.Config}
 */
export function knexConfig(database, place, file) {
  if (database === 'postgres')
    return { client: 'pg', connection: place.urls.postgres, pool: { min: 2, max: poolSize } }
  if (database === 'mariadb')
    return { client: 'mysql2', connection: place.urls.mariadb, pool: { min: 2, max: poolSize } }
  return {
    client: 'better-sqlite3',
    connection: { filename: join(place.urls.sqlite, `${file}.sqlite`) },
    useNullAsDefault: true,
    pool: { min: 1, max: 1, afterCreate: setPragmas },
  }
}

/**
 * @param {import('better-sqlite3').Database} database @param {(error: unknown, database: unknown)
 * => void} done
 */
function setPragmas(database, done) {
  for (const pragma of sqlitePragmas) database.pragma(pragma)
  done(null, database)
}
