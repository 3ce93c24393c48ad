import { randomUUID } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { postgres } from '../src/index.js'
import { connect, expiryIndexes } from './connection.js'

const tableName = `with_index_${randomUUID().slice(0, 8)}`

let knex: Knex
beforeAll(() => {
  knex = connect({ connections: 2 })
})
afterAll(async () => {
  await knex.raw('drop table if exists ??', [tableName])
  await knex.destroy()
})

it.each([{ preparedStatements: true }, { preparedStatements: false }])(
  'makes no table where it cannot make the index: %j',
  async ({ preparedStatements }) => {
    // As where the maker dies in between: the index is refused.
    const createTable: typeof postgres.createTable = (table, server) =>
      postgres.createTable(table, server).map((statement) => ({
        ...statement,
        sql: statement.sql.replace('("expired" asc)', '("no column")'),
      }))
    const options = { knex, tableName, cleanupInterval: 0, preparedStatements }
    const store = new KnexSessionStore({ ...options, dialect: { ...postgres, createTable } })
    await expect(store.ready).rejects.toMatchObject({ code: 'ERR_DATABASE', databaseCode: '42703' })
    await store.close()
    expect(await knex.schema.hasTable(tableName)).toBe(false)
    const next = new KnexSessionStore({ ...options, dialect: postgres })
    await next.ready
    await next.close()
    expect(await expiryIndexes(knex, tableName)).toBe(1)
    await knex.schema.dropTable(tableName)
  },
)
