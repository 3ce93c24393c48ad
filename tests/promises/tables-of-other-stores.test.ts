import { KnexSessionStore } from '@knex-session/core'
import { databases, uniqueTable } from '../rig/servers/databases.js'

beforeEach(() => void jest.spyOn(console, 'error').mockImplementation())
afterEach(() => jest.restoreAllMocks())

describe('a store on the table of another store says whose it is', () => {
  const other = uniqueTable('of_others')
  const tables: readonly (readonly [string, string])[] = [
    [
      'connect-pg-simple and better-sqlite3-session-store',
      'sid varchar(255) primary key, sess text, expire timestamp',
    ],
    ['express-mysql-session', 'session_id varchar(128) primary key, expires integer, data text'],
    ['connect-mssql-v2', 'sid varchar(255) primary key, session text, expires timestamp'],
    [
      'connect-session-sequelize',
      'sid varchar(36) primary key, expires timestamp, data text, note text',
    ],
  ]

  it.each(
    databases.flatMap(({ name, open }) => tables.map((table) => [name, ...table, open] as const)),
  )('on %s, %s', async (_, stores, columns, open) => {
    const { knex, close } = open({ connections: 1 })
    await knex.raw(`create table ${other} (${columns})`)
    const store = new KnexSessionStore({ knex, tableName: other, cleanupInterval: 0 })
    try {
      const reported = expect.stringMatching(
        new RegExp(
          `the table '${other}' looks like one of ${stores}: it has the columns '.*write .columns: { sid: '\\w+', sess: '\\w+', expired: 'expires?'[^}]* }. .*choose another .tableName`,
        ),
      ) as string
      await expect(store.ready).rejects.toMatchObject({
        code: 'ERR_DATABASE',
        kind: 'other',
        message: reported,
      })
      if (knex.client.config.client !== 'better-sqlite3')
        await knex.transaction(async (trx) => {
          const inTransaction = new KnexSessionStore({
            knex: trx,
            tableName: other,
            cleanupInterval: 0,
            createTable: false,
          })
          await expect(inTransaction.get('a')).rejects.toThrow(/^(?!.*looks like)/)
          await inTransaction.close()
        })
    } finally {
      await store.close()
      await knex.schema.dropTable(other)
      await close()
    }
  })
})
