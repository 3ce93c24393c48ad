import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { fill, sentForPages } from '../../dialect-testkit/test/sent-queries.js'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'
import { planOf } from './plan-of.js'

const rows = 20_000

/**
 * How MySQL or MariaDB goes about each page of all sessions, on a table of which so many in a
 * hundred have expired.
 */
async function plansWith(knex: Knex, expired: number): Promise<readonly string[]> {
  const tableName = `page-plans-${process.pid}-${String(expired)}`
  const store = new KnexSessionStore({ knex, dialect: adapter, tableName, cleanupInterval: 0 })
  try {
    await store.ready
    await fill(store, rows, expired)
    await knex.raw('analyze table ??', [tableName])
    const sent = await sentForPages(knex, store, (rows * (100 - expired)) / 100)
    const plans: string[] = []
    for (const query of sent) {
      const { type, key, Extra } = await planOf(knex, query)
      plans.push(`${type} ${key}: ${Extra}`)
    }
    return plans
  } finally {
    await store.close()
    await knex.schema.dropTable(tableName)
  }
}

it.each([0, 50])(
  'pages of all sessions are read along the key of their ids where %i of a hundred have expired',
  async (expired) => {
    const knex = connectBy('mysql2')({ connections: 1 })
    try {
      expect(await plansWith(knex, expired)).toEqual([
        'index PRIMARY: Using where',
        'range PRIMARY: Using where',
        'range PRIMARY: Using where',
      ])
    } finally {
      await knex.destroy()
    }
  },
)
