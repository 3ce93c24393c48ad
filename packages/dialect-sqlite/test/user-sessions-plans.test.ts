import { KnexSessionStore } from '@knex-session/core'
import { connectInMemory } from '../../dialect-testkit/test/connect-in-memory.js'
import { sentForUser } from '../../dialect-testkit/test/sent-queries.js'
import { sqlite } from '../src/index.js'

it('finds the sessions of a user by the index, among many', async () => {
  const knex = connectInMemory()
  const store = new KnexSessionStore({
    knex,
    dialect: sqlite,
    cleanupInterval: 0,
    userId: (session) => (session as { user?: string }).user,
  })
  await store.ready
  await knex.raw(
    `insert into sessions (sid, sess, expired, user_id)
     with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 50000)
     select 'sid-' || n, '{"cookie":{},"user":"ann"}', '2999-01-01T00:00:00.000Z', case when n % 200 = 0 then 'ann' else 'user-' || n end from numbers`,
  )
  const sent = await sentForUser(knex, store, 250)
  for (const statistics of [false, true]) {
    if (statistics) await knex.raw('analyze')
    for (const { sql, bindings } of sent) {
      const plan = await knex.raw<{ detail: string }[]>(`explain query plan ${sql}`, bindings)
      expect(plan[0]?.detail).toMatch(/^SEARCH sessions USING INDEX \w*user_id_index/)
    }
  }
  await store.close()
  await knex.destroy()
})
