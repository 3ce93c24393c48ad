import { createHash } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'

const rows = 20_000

/**
 * How MySQL or MariaDB goes about each page of all sessions, on a table of which so many in a
 * hundred have expired.
 */
async function plansWith(knex: Knex, expired: number): Promise<readonly string[]> {
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
    await knex.raw('analyze table ??', [tableName])
    knex.on('query', listen)
    let count = 0
    for await (const { sid } of store.entries()) if (++count === 300) expect(sid).toHaveLength(32)
    knex.removeListener('query', listen)
    expect(count).toBe((rows * (100 - expired)) / 100)
    const [[server]] = (await knex.raw('select version() as version')) as [[{ version: string }]]
    const explain = /mariadb/i.test(server.version) ? 'explain' : 'explain format = traditional'
    const plans: string[] = []
    for (const { sql, bindings } of sent.slice(0, 3)) {
      const [[plan]] = (await knex.raw(`${explain} ${sql}`, bindings)) as [
        [{ type: string; key: string; Extra: string }],
      ]
      plans.push(`${plan.type} ${plan.key}: ${plan.Extra}`)
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
