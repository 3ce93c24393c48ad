import { KnexSessionStore, type KnexSessionStoreOptions } from '@knex-session/core'
import type { SessionData } from 'express-session'
import { postgres } from '../src/index.js'
import { connect } from './connection.js'

const tableName = `in_place_${String(process.pid)}`
const hour = 3_600_000

type Columns = NonNullable<KnexSessionStoreOptions['columns']>

/** A store on a table whose expiry is of a type, on a connection far from UTC. */
async function onTable(
  type: string,
  expired: Columns['expired'],
  work: (store: KnexSessionStore, cell: () => Promise<string>) => Promise<void>,
  utcOffset = '+09:00',
): Promise<void> {
  const knex = connect({ connections: 1, utcOffset })
  const { name = 'expired' } = typeof expired === 'object' ? expired : { name: expired }
  await knex.raw(
    `create table ${tableName} (sid varchar primary key, sess json, "${name}" ${type})`,
  )
  const columns = expired === undefined ? {} : { expired }
  const options = { knex, dialect: postgres, tableName, columns, cleanupInterval: 0 }
  const store = new KnexSessionStore(options)
  try {
    await work(store, async () => {
      const cells = await knex.raw<{ rows: { cell: string }[] }>(
        `select "${name}"::text as cell from ${tableName}`,
      )
      return cells.rows[0]?.cell ?? ''
    })
  } finally {
    await store.close()
    await knex.raw(`drop table ${tableName}`)
    await knex.destroy()
  }
}

/** A session that ends at a point in time. */
function until(end: number): SessionData {
  const cookie = { originalMaxAge: null, expires: new Date(end).toISOString() }
  return { cookie } as unknown as SessionData
}

const noon = Date.UTC(2036, 0, 1, 12)
const seconds = String(noon / 1_000)

it.each<[string, Columns['expired'], string]>([
  ['integer', 'ends', seconds],
  ['integer', undefined, seconds],
  ['bigint', { name: 'ends', type: 'unix-seconds' }, seconds],
  ['numeric', { name: 'ends', type: 'unix-seconds' }, seconds],
  ['bigint', { name: 'ends', type: 'unix-ms' }, String(noon + 678)],
  ['numeric(20)', { type: 'unix-ms' }, String(noon + 678)],
  ['timestamp(6)', { name: 'expire', type: 'local-timestamp' }, '2036-01-01 21:00:00.678'],
  ['timestamp(6)', { name: 'expire', type: 'timestamp' }, '2036-01-01 12:00:00.678'],
  ['timestamp', undefined, '2036-01-01 12:00:00.678'],
])('a column of the type %s holds, by %j, %s', async (type, expired, expected) => {
  await onTable(type, expired, async (store, cell) => {
    await store.set('a', until(noon + 678))
    expect(await cell()).toBe(expected)
    const found = (await store.get('a'))?.cookie as unknown as { expires: string }
    expect(Math.floor(new Date(found.expires).getTime() / 1_000)).toBe(noon / 1_000)
    await store.touch('a', until(noon + hour))
    await Promise.all(['a', 'b'].map((sid) => store.set(sid, until(Date.now() - hour))))
    expect(await store.prune()).toBe(2)
  })
})

it.each<[string, Columns['expired'], string]>([
  [
    'timestamp',
    'expire',
    "write `columns: { expired: { name: 'expire', type: 'local-timestamp' } }`",
  ],
  ['bigint', 'ends', "write `columns: { expired: { name: 'ends', type: 'unix-seconds' } }`"],
  [
    'integer',
    { name: 'ends', type: 'unix-ms' },
    "cannot work with as 'unix-ms': it has to be timestamptz",
  ],
  [
    'timestamptz',
    { name: 'ends', type: 'local-timestamp' },
    "cannot work with as 'local-timestamp'",
  ],
  ['text', 'ends', 'is of the type text, which the store cannot work with'],
])('a column of the type %s is refused by %j: %s', async (type, expired, says) => {
  await onTable(type, expired, async (store) => {
    await expect(store.ready).rejects.toThrow(says)
  })
})

it('a column of another name without a time zone holds UTC where the connection has that', async () => {
  await onTable('timestamp', 'expire', (store) => store.ready, '+00:00')
})

it('an integer holds no later end than its last second', async () => {
  await onTable('integer', 'ends', async (store, cell) => {
    await store.set('a', until(8.64e15))
    expect(await cell()).toBe(String(0x7fff_ffff))
  })
})
