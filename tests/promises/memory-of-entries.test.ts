import { KnexSessionStore } from '@knex-session/core'
import { heapUsed } from '../rig/heap-used.js'
import { databases, uniqueTable } from '../rig/servers/databases.js'

const sqlite = databases.filter(({ name }) => name === 'SQLite')

/** 100 MB of sessions; `tests/extended/plans.test.ts` goes through a million. */
const rows = 20_000
const length = 5_000

it.each(sqlite)(
  'going through all sessions takes the memory of a page, on $name',
  async ({ adapter, open }) => {
    const { knex, close } = open()
    const tableName = uniqueTable('entries')
    const store = new KnexSessionStore({ knex, dialect: adapter, tableName, cleanupInterval: 0 })
    await store.ready
    await knex.raw(
      `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?)
       insert into ?? (sid, sess, expired)
       select 'sid-' || n, json_object('cookie', json('{}'), 'more', printf('%.*c', ?, 'x')), '9999-01-01T00:00:00.000Z' from numbers`,
      [rows, tableName, length],
    )
    const before = heapUsed()
    let [count, most] = [0, 0]
    for await (const { session } of store.entries()) {
      expect((session as unknown as { more: string }).more).toHaveLength(length)
      if (++count % 2_000 === 0) most = Math.max(most, heapUsed() - before)
    }
    expect(count).toBe(rows)
    // A page has 128 sessions, well below a megabyte; all of them have a hundred.
    expect(most).toBeLessThan(10_000_000)
    await store.close()
    await close()
  },
)
