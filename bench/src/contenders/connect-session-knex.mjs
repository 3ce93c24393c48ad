import { ConnectSessionKnexStore } from 'connect-session-knex'
import knex from 'knex'
import { knexColumns } from './contender.mjs'
import { knexConfig } from './knex-config.mjs'

const drivers = { postgres: ['pg'], mariadb: ['mysql2'], sqlite: ['better-sqlite3'] }

/**
 * @param {'postgres' | 'mariadb' | 'sqlite'} database
 * @returns {import('./contender.mjs').Contender}
 */
export const connectSessionKnex = (database) => ({
  name: 'connect-session-knex',
  database,
  packages: ['connect-session-knex', 'knex', ...drivers[database]],
  async open(place) {
    const tableName = `csk${place.suffix}`
    const connection = knex(knexConfig(database, place, tableName))
    const store = new ConnectSessionKnexStore({ knex: connection, tableName, cleanupInterval: 0 })
    await store.ready
    return { store, columns: knexColumns(tableName), close: () => connection.destroy() }
  },
})
