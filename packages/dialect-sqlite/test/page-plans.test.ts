import { createHash } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { adapter } from '../src/adapter.js'

const rows = 20_000

/**
 * How SQLite goes about each page of all sessions, on a table of which so many in a hundred have
 * expired.
 */
async function plansWith(
  knex: Knex,
  expired: number,
  analyzed: boolean,
): Promise<readonly string[]> {
  const tableName = `page-plans-${process.pid}-${String(expired)}`
  const store = new KnexSessionStore({ knex, dialect: adapter, tableName, cleanupInterval: 0 })
  const sent: { readonly sql: string; readonly bindings: readonly Knex.RawBinding[] }[] = []
  const listen = (query: (typeof sent)[number]) => sent.push(query)
  try {
    await store.ready
    const session = { cookie: { originalMaxAge: null } } as unknown as SessionData
    const sids = Array.from({ length: rows }, (_, n) =>
      createHash('md5').update(String(n)).digest('hex'),
    )
    const past = { cookie: { maxAge: -3_600_000 } } as unknown as SessionData
    for (let start = 0; start < rows; start += 5_000) {
      const some = [...sids.keys()].slice(start, start + 5_000)
      await Promise.all(
        some.map((n) => store.set(sids[n] ?? '', n % 100 < expired ? past : session)),
      )
    }
    if (analyzed) await knex.raw('analyze')
    knex.on('query', listen)
    let count = 0
    for await (const { sid } of store.entries()) if (++count === 300) expect(sid).toHaveLength(32)
    knex.removeListener('query', listen)
    expect(count).toBe((rows * (100 - expired)) / 100)
    const plans: string[] = []
    for (const { sql, bindings } of sent.slice(0, 3)) {
      const steps = await knex.raw<{ detail: string }[]>(`explain query plan ${sql}`, bindings)
      plans.push(Array.from(steps, ({ detail }) => detail.replaceAll(tableName, 't')).join('; '))
    }
    return plans
  } finally {
    await store.close()
    await knex.schema.dropTable(tableName)
  }
}

it.each([
  [0, true],
  [0, false],
  [50, true],
  [50, false],
])(
  'pages of all sessions are read along the key of their ids where %i of a hundred have expired (analyzed: %s)',
  async (expired, analyzed) => {
    const knex = createKnex({
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
    })
    try {
      expect(await plansWith(knex, expired, analyzed)).toEqual([
        'SCAN t USING INDEX sqlite_autoindex_t_1',
        'SEARCH t USING INDEX sqlite_autoindex_t_1 (sid>?)',
        'SEARCH t USING INDEX sqlite_autoindex_t_1 (sid>?)',
      ])
    } finally {
      await knex.destroy()
    }
  },
)
