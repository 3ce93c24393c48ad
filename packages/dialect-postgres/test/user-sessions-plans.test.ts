import { randomUUID } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { sentForUser } from '../../dialect-testkit/test/sent-queries.js'
import { postgres } from '../src/index.js'
import { connect } from './connection.js'
import { planOf } from './plan-of.js'

const tableName = `users_${randomUUID().slice(0, 8)}`

let knex: Knex
beforeAll(() => {
  knex = connect({ connections: 1 })
})
afterAll(async () => {
  await knex.raw('drop table if exists ??', [tableName])
  await knex.destroy()
})

it('finds the sessions of a user by the index, among many', async () => {
  const store = new KnexSessionStore({
    knex,
    dialect: postgres,
    tableName,
    cleanupInterval: 0,
    userId: (session) => (session as { user?: string }).user,
  })
  await store.ready
  await knex.raw(
    `insert into ?? (sid, sess, expired, user_id, created_at, last_seen_at)
     select 'sid-' || n, '{"cookie":{},"user":"ann"}', now() + interval '1 hour', case when n % 200 = 0 then 'ann' else 'user-' || n end, now(), now()
     from generate_series(1, 50000) as n`,
    [tableName],
  )
  await knex.raw('analyze ??', [tableName])
  const sent = await sentForUser(knex, store, 250)
  for (const query of sent) {
    const plan = (await planOf(knex, query)).join('\n')
    expect(plan).toContain(`${tableName}_user_id_idx`)
    expect(plan).not.toContain('Seq Scan')
  }
  await store.close()
})
