import { promisify } from 'node:util'
import { KnexSessionStore } from '@knex-session/core'
import createKnex, { type Knex } from 'knex'
import { createPool } from 'mysql2'
import { Pool } from 'pg'
import { uniqueTable } from '../rig/servers/databases.js'
import { sessionOf } from '../rig/session-of.js'

const pools = [
  {
    name: 'node-postgres',
    client: 'pg',
    make() {
      const connectionPool = new Pool({ connectionString: process.env['PG_URL'], max: 2 })
      return { connectionPool, end: () => connectionPool.end() }
    },
  },
  {
    name: 'mysql2',
    client: 'mysql2',
    make() {
      const connectionPool = createPool({ uri: process.env['MYSQL_URL'] ?? '', connectionLimit: 2 })
      return { connectionPool, end: () => promisify(connectionPool.end.bind(connectionPool))() }
    },
  },
]

describe.each(pools)('a pool of the application’s by $name', ({ client, make }) => {
  it('has all of its connections back when the store is closed, so that it can end', async () => {
    const { connectionPool, end } = make()
    const knex = createKnex({ client, connectionPool } as Knex.Config)
    const tableName = uniqueTable('pool')
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.set(`sid ${String(index)}`, sessionOf())),
    )
    expect(await store.length()).toBe(20)
    await knex.schema.dropTable(tableName)
    await store.get('sid').catch(() => undefined)
    await store.close()
    await knex.destroy()
    await end()
  })

  it('has them back too when knex is destroyed first', async () => {
    const { connectionPool, end } = make()
    const knex = createKnex({ client, connectionPool } as Knex.Config)
    const tableName = uniqueTable('pool')
    const store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
    await store.set('sid', sessionOf())
    await knex.schema.dropTable(tableName)
    await store.get('sid').catch(() => undefined)
    await knex.destroy()
    await store.close()
    await end()
  })
})

describe('a connection that does not commit by itself, on MariaDB', () => {
  it('is refused, with what to do', async () => {
    const pool = {
      min: 0,
      max: 2,
      afterCreate(
        connection: { query(sql: string, done: (error: unknown) => void): void },
        done: (error: unknown, connection: unknown) => void,
      ) {
        connection.query('set autocommit = 0', (error) => done(error, connection))
      },
    }
    const knex = createKnex({ client: 'mysql2', connection: process.env['MYSQL_URL'] ?? '', pool })
    const store = new KnexSessionStore({
      knex,
      tableName: uniqueTable('uncommitted'),
      cleanupInterval: 0,
    })
    for (const call of [store.ready, store.set('sid', sessionOf()), store.get('sid')]) {
      await expect(call).rejects.toMatchObject({
        code: 'ERR_DATABASE',
        message: expect.stringContaining('autocommit = 0') as string,
      })
    }
    await store.close()
    await knex.destroy()
  })
})
