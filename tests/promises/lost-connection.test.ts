import { KnexSessionStore } from '@knex-session/core'
import type { Backend, DriverAccess } from '@knex-session/core/dialect'
import { mysql } from '@knex-session/dialect-mysql'
import { postgres } from '@knex-session/dialect-postgres'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { setTimeout as delay } from 'node:timers/promises'
import { start as startPgbouncer } from '../../scripts/servers/pgbouncer.mjs'
import { uniqueTable } from '../rig/servers/databases.js'
import { LateProxy } from '../rig/proxies/late-proxy.js'
import { privateServers } from '../rig/servers/private-servers.js'

const databases = [
  {
    name: 'PostgreSQL',
    client: 'pg',
    variable: 'PG_URL',
    driver: postgres.driver as DriverAccess,
    number: 'select pg_backend_pid() as number',
    waiting: `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like ?`,
  },
  {
    name: 'MariaDB',
    client: 'mysql2',
    variable: 'MYSQL_URL',
    driver: mysql.driver as DriverAccess,
    number: 'select connection_id() as number',
    waiting: `select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT' and trx_query like ?`,
  },
] as const

/**
 * Pause between two looks, in ms: InnoDB shows what it showed before to whoever looks again within
 * 100 ms (MariaDB 10.11, trx0i_s.cc).
 */
const betweenLooks = 150

const quiet = { warn: () => undefined }

function session(turn: number): SessionData {
  return {
    cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
    turn,
  } as unknown as SessionData
}

/** The rows in what knex.raw resolves to, which knows no type. */
function rowsOf(result: unknown): readonly unknown[] {
  return Array.isArray(result)
    ? (result[0] as readonly unknown[])
    : (result as { readonly rows: readonly unknown[] }).rows
}

/** A connection of a pool, as an adapter's driver sees it. */
function lent(knex: Knex): Promise<unknown> {
  return (knex.client as Knex.Client).acquireConnection() as Promise<unknown>
}

function giveBack(knex: Knex, ...connections: readonly unknown[]): void {
  for (const each of connections) void (knex.client as Knex.Client).releaseConnection(each)
}

describe.each(databases)(
  'a connection that breaks while a write is on its way, on $name',
  ({ client, variable, waiting }) => {
    const tableName = uniqueTable('late')
    let proxy: LateProxy
    let knex: Knex
    let store: KnexSessionStore

    beforeAll(async () => {
      proxy = await LateProxy.before(process.env[variable] ?? '')
      knex = createKnex({ client, connection: proxy.url, pool: { min: 0, max: 4 }, log: quiet })
      store = new KnexSessionStore({ knex, tableName, cleanupInterval: 0 })
      await store.ready
    })

    afterAll(async () => {
      await knex.schema.dropTable(tableName)
      await store.close()
      await knex.destroy()
      await proxy.close()
    })

    it('undoes no later write, for the write that is late finds nobody on the server', async () => {
      await store.set('a', session(0))
      proxy.keepBack('broken')
      await store.set('a', session(1))
      await store.set('a', session(2))
      expect(await proxy.deliver()).toBe(false)
      expect(await store.get('a')).toMatchObject({ turn: 2 })
    })

    it('brings back no session that was destroyed', async () => {
      await store.set('b', session(0))
      proxy.keepBack('broken')
      await store.set('b', session(1))
      expect(await store.destroy('b')).toBe(1)
      expect(await proxy.deliver()).toBe(false)
      expect(await store.get('b')).toBeNull()
    })

    it('brings back no session that was cleared', async () => {
      await store.set('c', session(0))
      proxy.keepBack('broken')
      const late = store.set('c', session(1))
      await store.clear()
      await late
      expect(await proxy.deliver()).toBe(false)
      expect(await store.length()).toBe(0)
    })

    it('removes no session that was set after a destroy', async () => {
      await store.set('d', session(0))
      proxy.keepBack('broken')
      await store.destroy('d')
      await store.set('d', session(1))
      expect(await proxy.deliver()).toBe(false)
      expect(await store.get('d')).toMatchObject({ turn: 1 })
    })

    it('is ended on the server where the write waits for a lock', async () => {
      const direct = createKnex({
        client,
        connection: process.env[variable] ?? '',
        pool: { min: 0, max: 2 },
      })
      await store.set('e', session(0))
      const transaction = await direct.transaction()
      await transaction(tableName).where({ sid: 'e' }).forUpdate().select('sid')
      // The second connection, so that the look finds the write before the store stops it.
      await direct.raw('select 1')
      const write = store.set('e', session(1))
      while (rowsOf(await direct.raw(waiting, [`%insert%${tableName}%`])).length === 0)
        await delay(betweenLooks)
      // The server does not close it by itself: it looks after its client when it has the lock.
      await proxy.breakWaiting()
      await transaction.rollback()
      await write
      expect(await store.get('e')).toMatchObject({ turn: 1 })
      await direct.destroy()
    })

    it('is ended before the next write also when it fell silent and the write was given up', async () => {
      const timeout = 3_000
      const hasty = new KnexSessionStore({ knex, tableName, cleanupInterval: 0, timeout })
      await hasty.set('f', session(0))
      proxy.keepBack('silent')
      await expect(hasty.set('f', session(1))).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
      expect(await hasty.destroy('f')).toBe(1)
      expect(await proxy.deliver()).toBe(false)
      expect(await hasty.get('f')).toBeNull()
      await hasty.close()
    })
  },
)

describe.each(databases)(
  'what a server does for a lost connection, on $name',
  ({ client, variable, driver, number }) => {
    it('is ended by another connection, also twice', async () => {
      const knex = createKnex({
        client,
        connection: process.env[variable] ?? '',
        pool: { min: 2, max: 2 },
        log: quiet,
      })
      const [one, other] = await Promise.all([lent(knex), lent(knex)])
      const backend = (await driver.identifyBackend?.(one)) as Backend
      expect(backend.isLost()).toBe(false)
      await backend.kill(other, AbortSignal.timeout(5_000))
      await backend.kill(other, AbortSignal.timeout(5_000))
      await expect(driver.run!(one, { sql: number, bindings: [] })).rejects.toThrow()
      expect(backend.isLost()).toBe(true)
      giveBack(knex, one, other)
      await knex.destroy()
    })
  },
)

it('behind PgBouncer, whose numbers are no processes of the server, ends no process', async () => {
  const pooler = await startPgbouncer({
    upstream: process.env['PG_URL'] ?? '',
    poolMode: 'session',
  })
  const knex = createKnex({ client: 'pg', connection: pooler.url, pool: { min: 2, max: 2 } })
  const driver = postgres.driver as DriverAccess
  const [one, other] = await Promise.all([lent(knex), lent(knex)])
  const processOf = async (connection: unknown) => {
    const { rows } = (await driver.run!(connection, {
      sql: databases[0].number,
      bindings: [],
    })) as { rows: readonly { number: number }[] }
    return rows[0]!.number
  }
  const before = [await processOf(one), await processOf(other)]
  // As if PgBouncer had told a number that somebody else's process happens to have.
  Object.assign(one as object, { processID: before[1] })
  const backend = (await driver.identifyBackend?.(one)) as Backend
  await backend.kill(one, AbortSignal.timeout(5_000))
  expect([await processOf(one), await processOf(other)]).toEqual(before)
  giveBack(knex, one, other)
  await knex.destroy()
  await pooler.stop()
})

it('on a MariaDB that was restarted, whose numbers begin again, ends no connection of somebody else', async () => {
  const server = await privateServers[1]!.start()
  const driver = mysql.driver as DriverAccess
  const knex = createKnex({
    client: 'mysql2',
    connection: server.url,
    pool: { min: 0, max: 20 },
    log: quiet,
  })
  const threadOf = (connection: unknown) => (connection as { threadId: number }).threadId
  const lost = await lent(knex)
  const backend = (await driver.identifyBackend?.(lost)) as Backend
  await server.restart()
  const others: unknown[] = []
  while (!others.some((each) => threadOf(each) === threadOf(lost))) others.push(await lent(knex))
  const by = await lent(knex)
  await backend.kill(by, AbortSignal.timeout(5_000))
  for (const each of others) await driver.run!(each, { sql: 'select 1', bindings: [] })
  giveBack(knex, lost, by, ...others)
  await knex.destroy()
  await server.stop()
}, 60_000)
