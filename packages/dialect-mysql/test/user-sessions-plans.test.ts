import { randomUUID } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { mysql } from '../src/index.js'
import { connectBy } from './connection.js'

const tableName = `users_${randomUUID().slice(0, 8)}`

let knex: Knex
beforeAll(() => {
  knex = connectBy('mysql2')({ connections: 1 })
})
afterAll(async () => {
  await knex.raw('drop table if exists ??', [tableName])
  await knex.destroy()
})

it('finds the sessions of a user by the index, among many', async () => {
  const store = new KnexSessionStore({
    knex,
    dialect: mysql,
    tableName,
    cleanupInterval: 0,
    userId: (session) => (session as { user?: string }).user,
  })
  await store.ready
  const row = (n: number) => [
    `sid-${String(n)}`,
    '{"cookie":{},"user":"ann"}',
    '2999-01-01 00:00:00',
    n % 200 === 0 ? 'ann' : `user-${String(n)}`,
  ]
  for (let start = 0; start < 20_000; start += 2_000) {
    const rows = Array.from({ length: 2_000 }, (_, index) => row(start + index))
    await knex.raw(
      `insert into ?? (sid, sess, expired, user_id) values ${rows.map(() => '(?, ?, ?, ?)').join(', ')}`,
      [tableName, ...rows.flat()],
    )
  }
  await knex.raw('analyze table ??', [tableName])
  const sent: { readonly sql: string; readonly bindings: Knex.RawBinding[] }[] = []
  const listen = (query: (typeof sent)[number]) => sent.push(query)
  knex.on('query', listen)
  const ann = store.sessionsOf('ann')
  expect(await ann.count()).toBe(100)
  expect(await ann.list()).toHaveLength(100)
  expect(await ann.revoke('none')).toBe(false)
  knex.removeListener('query', listen)
  expect(sent).toHaveLength(3)
  const [[server]] = (await knex.raw('select version() as version')) as [[{ version: string }]]
  const explain = /mariadb/i.test(server.version) ? 'explain' : 'explain format = traditional'
  for (const { sql, bindings } of sent) {
    const [[plan]] = (await knex.raw(`${explain} ${sql}`, bindings)) as [
      [{ type: string; key: string }],
    ]
    expect(plan).toMatchObject({ type: 'ref', key: `${tableName}_user_id_index` })
  }
  await store.close()
})
