import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { record } from '../../scripts/jest/facts.mjs'
import { start as startPgbouncer } from '../../scripts/servers/pgbouncer.mjs'
import {
  databases,
  uniqueTable,
  type TestConnection,
  type TestDatabase,
} from '../rig/servers/databases.js'

const timeout = 4_000

/**
 * What neighbours of a locked row may take: a lock timeout of a quarter of the time limit, and what a
 * busy machine adds.
 */
const wellBefore = timeout / 2

/**
 * With fewer rows than a batch has, MariaDB scans the table for a delete, and so meets every lock.
 */
const others = Array.from({ length: 100 }, (_, each) => `other ${each}`)

const neighbours = Array.from({ length: 32 }, (_, each) => `neighbour ${each}`)

function session(turn: number): SessionData {
  return {
    cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
    turn,
  } as unknown as SessionData
}

interface Ended {
  /** Of the error; `done` for none. */
  readonly code: unknown
  readonly ms: number
}

/** How a call ended, and after how long. */
async function timed(call: Promise<unknown>): Promise<Ended> {
  const started = performance.now()
  const code: unknown = await call.then(
    () => 'done',
    (error: unknown) => (error as { code?: unknown }).code,
  )
  return { code, ms: performance.now() - started }
}

/** Sets a third of the sessions, touches a third and destroys a third. */
function writes(store: KnexSessionStore, sids: readonly string[], turn: number): Promise<Ended>[] {
  return sids.map((sid, place) => {
    const call = (['set', 'touch', 'destroy'] as const)[(place + turn) % 3] ?? 'set'
    return timed(call === 'destroy' ? store.destroy(sid) : store[call](sid, session(turn)))
  })
}

/** The rows in what `knex.raw` resolves to. */
function rowsOf(result: unknown): unknown {
  return Array.isArray(result) ? result[0] : (result as { readonly rows: unknown }).rows
}

function longestOf(ended: readonly Ended[]): number {
  return Math.round(Math.max(...ended.map(({ ms }) => ms)))
}

interface Way {
  readonly name: string
  readonly of: TestDatabase
  /** How long a statement of a connection waits for a lock. */
  readonly limit: string
  /** What stores connect by. */
  open(connections: number): Promise<TestConnection>
}

function connect(client: string, connection: string, connections: number): TestConnection {
  const knex = createKnex({ client, connection, pool: { min: 0, max: connections } })
  return { knex, close: () => knex.destroy() }
}

/**
 * By a pooler, and by a driver that does not tell which thread of the server works for a
 * connection, nobody could be asked what waits.
 */
const ways: readonly Way[] = [
  ...[databases[0]!, databases[1]!].map((of, place) => ({
    name: of.name,
    of,
    limit:
      ['show lock_timeout', 'select concat(@@innodb_lock_wait_timeout) as seconds'][place] ?? '',
    open: (connections: number) => Promise.resolve(of.open({ connections })),
  })),
  {
    name: 'PostgreSQL behind PgBouncer',
    of: databases[0]!,
    limit: 'show lock_timeout',
    async open(connections) {
      const pooler = await startPgbouncer({
        upstream: process.env['PG_URL'] ?? '',
        poolMode: 'transaction',
      })
      const { knex, close } = connect('pg', pooler.url, connections)
      return { knex, close: () => close().then(() => pooler.stop()) }
    },
  },
  {
    name: 'MariaDB by its connector',
    of: databases[1]!,
    limit: 'select concat(@@innodb_lock_wait_timeout) as seconds',
    open: (connections) =>
      Promise.resolve(connect('mariadb', process.env['MYSQL_URL'] ?? '', connections)),
  },
]

const cases = ways.flatMap((way) =>
  (way.name === way.of.name ? [10, 1] : [10]).map((connections) => ({ ...way, connections })),
)

describe.each(cases)(
  'a row that another client has locked, on $name with a pool of $connections',
  ({ name, of, limit, open, connections }) => {
    const tableName = uniqueTable('locked')
    let stores: TestConnection
    let application: TestConnection
    let transaction: Knex.Transaction
    let store: KnexSessionStore

    beforeAll(async () => {
      stores = await open(connections)
      application = of.open()
    })

    beforeEach(async () => {
      store = new KnexSessionStore({ knex: stores.knex, tableName, cleanupInterval: 0, timeout })
      await Promise.all(
        ['locked', ...neighbours, ...others].map((sid) => store.set(sid, session(0))),
      )
      transaction = await application.knex.transaction()
      await transaction(tableName).where({ sid: 'locked' }).forUpdate().select('sid')
    })

    afterEach(async () => {
      if (!transaction.isCompleted()) await transaction.rollback()
      await store.close()
    })

    afterAll(async () => {
      await application.knex.schema.dropTable(tableName)
      await application.close()
      await stores.close()
    })

    it('fails the call for it in time, and no call for another', async () => {
      const locked = timed(store.set('locked', session(1)))
      const first = await Promise.all(writes(store, neighbours, 0))
      const lockedToo = timed(store.touch('locked', session(2)))
      const second = await Promise.all([1, 2, 3].flatMap((turn) => writes(store, neighbours, turn)))
      const ended = await locked
      record({
        figures:
          `${name}, a row locked by another client, a pool of ${connections}: first ${first.length} calls for others ${longestOf(first)} ms, ` +
          `next ${second.length} ${longestOf(second)} ms at most; the call for it ${String(ended.code)} after ${ended.ms.toFixed(0)} ms`,
      })
      for (const { code } of [...first, ...second]) expect(code).toBe('done')
      expect(longestOf(first)).toBeLessThan(wellBefore)
      // The lock is known by then.
      expect(longestOf(second)).toBeLessThan(timeout / 8)
      expect(ended.code).toBe('ERR_TIMEOUT')
      expect(ended.ms).toBeLessThan(timeout * 1.1)
      expect((await lockedToo).code).toBe('ERR_TIMEOUT')
      await transaction.rollback()
      await store.close()
      const limits = await Promise.all(
        [stores.knex, application.knex].map((knex) => knex.raw<unknown>(limit)),
      )
      expect(JSON.stringify(rowsOf(limits[0]))).toBe(JSON.stringify(rowsOf(limits[1])))
      const [row] = await application
        .knex(tableName)
        .where({ sid: 'locked' })
        .select<readonly { readonly sess: unknown }[]>('sess')
      expect(JSON.stringify(row)).toMatch(/turn\W+0/)
    })

    it('that nobody can see yet blocks the call for it, and the others of its batch for half of their time', async () => {
      await transaction(tableName).insert({
        sid: 'unseen',
        sess: '{}',
        expired: new Date(Date.now() + 60_000),
      })
      const unseen = timed(store.set('unseen', session(1)))
      const ended = await Promise.all(neighbours.map((sid) => timed(store.set(sid, session(1)))))
      record({
        figures: `${name}, a row inserted by another client, a pool of ${connections}: others ${longestOf(ended)} ms`,
      })
      for (const { code } of ended) expect(code).toBe('done')
      expect(longestOf(ended)).toBeLessThan(timeout * 0.75)
      await transaction.rollback()
      expect((await unseen).code).toBe('done')
      expect(await store.get('unseen')).toMatchObject({ turn: 1 })
    })

    it('takes the calls for it in their order when the lock is gone', async () => {
      const calls = [
        store.set('locked', session(1)),
        ...neighbours.map((sid) => store.set(sid, session(1))),
      ]
      await Promise.all(calls.slice(1))
      calls.push(store.destroy('locked').then(() => undefined))
      calls.push(
        store.set('locked', session(2)),
        store.touch('locked', session(2)),
        store.set('locked', session(3)),
      )
      await transaction.rollback()
      const released = performance.now()
      await Promise.all(calls)
      record({
        figures: `${name}, the lock let go, a pool of ${connections}: done after ${(performance.now() - released).toFixed(0)} ms`,
      })
      expect(await store.get('locked')).toMatchObject({ turn: 3 })
      expect(await store.get('neighbour 0')).toMatchObject({ turn: 1 })
    })
  },
)
