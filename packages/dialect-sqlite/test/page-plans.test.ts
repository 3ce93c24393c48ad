import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { connectInMemory } from '../../dialect-testkit/test/connect-in-memory.js'
import { fill, sentForPages } from '../../dialect-testkit/test/sent-queries.js'
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
  try {
    await store.ready
    await fill(store, rows, expired)
    if (analyzed) await knex.raw('analyze')
    const sent = await sentForPages(knex, store, (rows * (100 - expired)) / 100)
    const plans: string[] = []
    for (const { sql, bindings } of sent) {
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
    const knex = connectInMemory()
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
