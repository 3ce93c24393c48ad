import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-postgres'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { start as startPgbouncer } from '../../scripts/servers/pgbouncer.mjs'
import type { Server } from '../../scripts/servers/process.mjs'
import { uniqueTable } from '../rig/servers/databases.js'

const connections = 4
const tableName = uniqueTable('pooled')

// Four clients share two connections of the server, which go to another client after each
// transaction, with the prepared statements of whoever had them before. This PgBouncer (1.18) keeps
// no track of them.
let pooler: Server
let pools: readonly Knex[]
let stores: readonly KnexSessionStore[]

beforeAll(async () => {
  pooler = await startPgbouncer({
    upstream: process.env['PG_URL'] ?? '',
    poolMode: 'transaction',
    settings: { default_pool_size: 2 },
  })
  pools = [0, 1].map(() =>
    createKnex({
      client: 'pg',
      connection: pooler.url,
      pool: { min: connections, max: connections },
    }),
  )
  stores = pools.map(
    (knex) =>
      new KnexSessionStore({ knex, tableName, cleanupInterval: 0, batch: { lanes: 2, size: 5 } }),
  )
})

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await pools[0]?.schema.dropTableIfExists(tableName)
  await Promise.all(pools.map((knex) => knex.destroy()))
  await pooler.stop()
})

function session(turn: number): SessionData {
  return {
    cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
    turn,
  } as unknown as SessionData
}

describe('behind a pooler that shares connections by transaction', () => {
  it('no call fails, and every store reads what the others wrote', async () => {
    const sids = Array.from({ length: 40 }, (_, index) => `sid ${String(index)}`)
    for (let turn = 0; turn < 10; turn++) {
      await Promise.all(
        stores.flatMap((store, by) =>
          sids.map((sid) => store.set(`${sid} of ${String(by)}`, session(turn))),
        ),
      )
      await Promise.all(
        stores.flatMap((store, by) =>
          sids.map((sid) => store.touch(`${sid} of ${String(by)}`, session(turn))),
        ),
      )
      const others = [...stores].reverse()
      const read = await Promise.all(
        others.flatMap((store, by) => sids.map((sid) => store.get(`${sid} of ${String(by)}`))),
      )
      for (const each of read) expect(each).toMatchObject({ turn })
    }
  })

  it('statements go out without names from then on', async () => {
    for (const [index, knex] of pools.entries()) {
      const names: unknown[] = []
      knex.on('query', ({ options }: { options?: { name?: string } }) => names.push(options?.name))
      // One of them may have had a server connection to itself until now.
      for (let round = 0; round < 50 && (round === 0 || names.at(-1) !== undefined); round++)
        await Promise.all(stores.map((store) => store.get('sid 0 of 0')))
      names.length = 0
      await stores[index]?.get('sid 0 of 0')
      expect(names).toEqual([undefined])
    }
  })
})
