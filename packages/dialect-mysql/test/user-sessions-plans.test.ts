import { randomUUID } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { sentForUser } from '../../dialect-testkit/test/sent-queries.js'
import { mysql } from '../src/index.js'
import { connectBy } from './connection.js'
import { planOf } from './plan-of.js'

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
  const sent = await sentForUser(knex, store, 100)
  for (const query of sent)
    expect(await planOf(knex, query)).toMatchObject({
      type: 'ref',
      key: `${tableName}_user_id_index`,
    })
  await store.close()
})
