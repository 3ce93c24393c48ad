import knex, { type Knex } from 'knex'

/** SQLite, in memory: the one database that needs no server. */
export function connectInMemory(client: Knex.Config['client'] = 'better-sqlite3'): Knex {
  return knex({
    client,
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
}
