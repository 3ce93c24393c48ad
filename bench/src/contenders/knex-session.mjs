import knex from 'knex'
import { knexColumns } from './contender.mjs'
import { knexConfig } from './knex-config.mjs'

const drivers = { postgres: ['pg'], mariadb: ['mysql2'], sqlite: ['better-sqlite3'] }

/**
 * The store of this repository with its defaults, but for its prune timer: pruning has a measurement
 * of its own.
 * @param {'postgres' | 'mariadb' | 'sqlite'} database
 * @returns {import('./contender.mjs').Contender}
 */
export const knexSession = (database) => ({
  name: 'knex-session',
  database,
  packages: ['@knex-session/core', 'knex', ...drivers[database]],
  async open(place) {
    const { KnexSessionStore } = await import(place.modules ?? './packages.mjs')
    const tableName = `ours${place.suffix}`
    const connection = knex(knexConfig(database, place, tableName))
    const { touchInterval } = place
    const options = { knex: connection, tableName, cleanupInterval: 0 }
    const store = new KnexSessionStore({
      ...options,
      ...(touchInterval !== undefined && { touchInterval }),
    })
    await store.ready
    return {
      store,
      columns: knexColumns(tableName),
      prune: () => store.prune(),
      async close() {
        await store.close()
        await connection.destroy()
      },
    }
  },
})

/**
 * The same, with every touch written, as the other stores do it: for HTTP, where the calls come
 * from requests.
 * @param {'postgres' | 'mariadb' | 'sqlite'} database
 * @returns {import('./contender.mjs').Contender}
 */
export const everyTouch = (database) => ({
  ...knexSession(database),
  name: 'knex-session, touchInterval 0',
  at: { touchInterval: 0, suffix: '_every_touch' },
})
