import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { sentForPages } from '../../dialect-testkit/test/sent-queries.js'
import { adapter } from '../src/adapter.js'
import { connect } from './connection.js'
import { planOf } from './plan-of.js'

const rows = 20_000

/**
 * How PostgreSQL goes about each page of all sessions, on a table of which so many in a hundred
 * have expired.
 */
async function plansWith(knex: Knex, expired: number): Promise<readonly string[]> {
  const tableName = `page-plans-${process.pid}-${String(expired)}`
  const store = new KnexSessionStore({ knex, dialect: adapter, tableName, cleanupInterval: 0 })
  try {
    await store.ready
    await knex.raw(
      `insert into ?? select md5(n::text), '{"cookie":{}}', now() + case when n % 100 < ? then -1 else 1 end * interval '1 hour' from generate_series(1, ?) as n`,
      [tableName, expired, rows],
    )
    await knex.raw('analyze ??', [tableName])
    const sent = await sentForPages(knex, store, (rows * (100 - expired)) / 100)
    const plans: string[] = []
    for (const query of sent) {
      const lines = await planOf(knex, query)
      const plan = lines.filter((line) => !line.startsWith('Filter:')).join(' ')
      plans.push(plan.replaceAll(tableName, 't').replaceAll(/'.*'/g, '…'))
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
    const knex = connect({ connections: 1 })
    try {
      expect(await plansWith(knex, expired)).toEqual([
        'Limit ->  Index Scan using "t_pkey" on "t"',
        'Limit ->  Index Scan using "t_pkey" on "t" Index Cond: ((sid)::text >= …::text)',
        'Limit ->  Index Scan using "t_pkey" on "t" Index Cond: ((sid)::text >= …::text)',
      ])
    } finally {
      await knex.destroy()
    }
  },
)
