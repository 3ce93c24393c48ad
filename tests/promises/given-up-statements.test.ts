import { Socket } from 'node:net'
import { promisify } from 'node:util'
import { KnexSessionStore } from '@knex-session/core'
import { defineDialect } from '@knex-session/core/dialect'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { createPool } from 'mysql2'
import { Pool } from 'pg'
import { start as startPgbouncer } from '../../scripts/servers/pgbouncer.mjs'
import type { Server } from '../../scripts/servers/process.mjs'
import { databases, uniqueTable } from '../rig/servers/databases.js'

function session(value: string): SessionData {
  return {
    cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
    value,
  } as unknown as SessionData
}

const connections = 4

/** A way to a database, by which a late statement has to be ended. */
interface Way {
  readonly name: string
  readonly client: string
  readonly variable: 'PG_URL' | 'MYSQL_URL'
  /** Makes a pool of the driver's own, which knex is given; `end` closes it. */
  readonly pool?: (server: URL) => {
    readonly connectionPool: unknown
    readonly end: () => Promise<unknown>
  }
  /**
   * Prepares the way, with a pool that may do anything; resolves to the URL or the settings for
   * those who go it.
   */
  connection?(server: URL, direct: Knex): Promise<string | Readonly<Record<string, unknown>>>
}

let pooler: Server | undefined

/** The URL for a user who may have as many connections as the pool has, and no other. */
function as(user: string, server: URL): string {
  const url = new URL(server)
  url.username = user
  return url.href
}

const ways: readonly Way[] = [
  { name: 'PostgreSQL', client: 'pg', variable: 'PG_URL' },
  {
    name: 'PostgreSQL, by a Unix socket',
    client: 'pg',
    variable: 'PG_URL',
    async connection({ username, port, pathname }, direct) {
      const shown: { rows: readonly [{ unix_socket_directories: string }] } = await direct.raw(
        'show unix_socket_directories',
      )
      return {
        user: username,
        host: shown.rows[0].unix_socket_directories,
        port: Number(port),
        database: pathname.slice(1),
      }
    },
  },
  {
    name: 'PostgreSQL, to a user who has no connection left',
    client: 'pg',
    variable: 'PG_URL',
    async connection(server, direct) {
      const user = uniqueTable('limited')
      await direct.raw(
        `create role ${user} login superuser connection limit ${String(connections)}`,
      )
      // Superusers have no limit: it holds from now on.
      await direct.raw(
        `alter role ${user} nosuperuser; grant all on schema public to ${user}; grant pg_write_all_data, pg_read_all_data to ${user}`,
      )
      return as(user, server)
    },
  },
  {
    name: 'PgBouncer in transaction mode',
    client: 'pg',
    variable: 'PG_URL',
    async connection({ href }) {
      pooler = await startPgbouncer({
        upstream: href,
        poolMode: 'transaction',
        settings: { default_pool_size: connections },
      })
      return pooler.url
    },
  },
  {
    name: 'PostgreSQL, by a stream of the application’s',
    client: 'pg',
    variable: 'PG_URL',
    async connection({ username, hostname, port, pathname }) {
      // Nobody listens at the port that the driver is told.
      const stream = () => {
        const socket = new Socket()
        const connect = socket.connect.bind(socket) as (port: number, host: string) => Socket
        return Object.assign(socket, { connect: () => connect(Number(port), hostname) })
      }
      return Promise.resolve({
        user: username,
        host: '127.0.0.1',
        port: 1,
        database: pathname.slice(1),
        stream,
      })
    },
  },
  {
    name: 'PostgreSQL, by a pool of the driver’s',
    client: 'pg',
    variable: 'PG_URL',
    pool({ href }) {
      const connectionPool = new Pool({ connectionString: href, max: connections })
      return { connectionPool, end: () => connectionPool.end() }
    },
  },
  {
    name: 'MariaDB, by a pool of the driver’s',
    client: 'mysql2',
    variable: 'MYSQL_URL',
    pool({ href }) {
      const connectionPool = createPool({ uri: href, connectionLimit: connections })
      return { connectionPool, end: () => promisify(connectionPool.end.bind(connectionPool))() }
    },
  },
  { name: 'MariaDB', client: 'mysql2', variable: 'MYSQL_URL' },
  { name: 'MariaDB by its own connector', client: 'mariadb', variable: 'MYSQL_URL' },
  {
    name: 'MariaDB, to a user who has no connection left',
    client: 'mysql2',
    variable: 'MYSQL_URL',
    async connection(server, direct) {
      const user = uniqueTable('limited')
      const password = server.password && `identified by '${server.password}'`
      await direct.raw(
        `create user ${user}@'%' ${password} with max_user_connections ${String(connections)}`,
      )
      await direct.raw(`grant all on *.* to ${user}@'%'`)
      const [[{ version }]] = (await direct.raw('select version() as version')) as [
        [{ version: string }],
      ]
      const mayAlways = /mariadb/i.test(version)
        ? 'super, connection admin'
        : 'super, connection_admin'
      await direct.raw(`revoke ${mayAlways} on *.* from ${user}@'%'`)
      return as(user, server)
    },
  },
]

describe.each(
  ways.flatMap((way) =>
    [true, false].map((preparedStatements) => ({ ...way, preparedStatements })),
  ),
)(
  'a statement that waits for a lock for too long, on $name, prepared: $preparedStatements',
  ({ client, variable, connection, pool, preparedStatements }) => {
    const tableName = uniqueTable('locked')
    let direct: Knex
    let knex: Knex
    let transaction: Knex.Transaction
    let given: ReturnType<NonNullable<Way['pool']>> | undefined

    beforeAll(async () => {
      const server = new URL(process.env[variable] ?? '')
      direct = createKnex({ client, connection: server.href, pool: { min: 0, max: 4 } })
      await new KnexSessionStore({ knex: direct, tableName, cleanupInterval: 0 }).ready
      const way = (await connection?.(server, direct)) ?? server.href
      given = pool?.(server)
      knex = createKnex(
        given
          ? ({ client, connectionPool: given.connectionPool } as Knex.Config)
          : { client, connection: way, pool: { min: connections, max: connections } },
      )
      const all = await Promise.all(Array.from({ length: connections }, () => knex.transaction()))
      await Promise.all(all.map((each) => each.rollback()))
    })

    afterEach(async () => {
      if (!transaction.isCompleted()) await transaction.rollback()
    })

    afterAll(async () => {
      await direct.schema.dropTable(tableName)
      await Promise.all([knex.destroy(), direct.destroy()])
      await given?.end()
      await pooler?.stop()
      pooler = undefined
    })

    it('is ended on the server before its callers are told, so that it undoes nothing that is written later', async () => {
      // One that cannot tell which row is locked.
      const { adapter } = databases.find(({ name }) =>
        name.startsWith(variable === 'PG_URL' ? 'P' : 'M'),
      )!
      const dialect = defineDialect({
        ...adapter,
        queries: { ...adapter.queries, skipLocked: undefined },
      })
      const store = new KnexSessionStore({
        knex,
        dialect,
        tableName,
        cleanupInterval: 0,
        timeout: 400,
        preparedStatements,
      })
      const another = new KnexSessionStore({ knex: direct, tableName, cleanupInterval: 0 })
      await Promise.all(['a', 'b', 'c', 'd'].map((sid) => another.set(sid, session('first'))))
      await store.ready
      transaction = await direct.transaction()
      await transaction(tableName).where({ sid: 'a' }).forUpdate().select('sid')
      const started = performance.now()
      const late = await Promise.allSettled(
        ['a', 'b', 'c', 'd'].map((sid) => store.set(sid, session('late'))),
      )
      const took = performance.now() - started
      for (const each of late)
        expect(each).toMatchObject({ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } })
      await another.set('b', session('later'))
      await store.set('d', session('later'))
      expect(await store.destroy('c')).toBe(1)
      await transaction.rollback()
      await store.set('a', session('last'))
      expect(await store.get('b')).toMatchObject({ value: 'later' })
      expect(await store.get('c')).toBeNull()
      expect(await store.get('d')).toMatchObject({ value: 'later' })
      // A twentieth later than the time limit at most, and what a busy machine adds.
      expect(took).toBeLessThan(900)
    })

    it('fails in time for the other sessions of its batch, and undoes nothing later', async () => {
      const timeout = 1_000
      const store = new KnexSessionStore({
        knex,
        tableName,
        cleanupInterval: 0,
        timeout,
        preparedStatements,
      })
      const sids = ['a', 'b', 'c', 'd']
      await Promise.all(sids.map((sid) => store.set(sid, session('first'))))
      transaction = await direct.transaction()
      await transaction(tableName).where({ sid: 'b' }).forUpdate().select('sid')
      const [, locked] = await Promise.allSettled(
        sids.map((sid) => store.set(sid, session('second'))),
      )
      expect(locked).toMatchObject({ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } })
      await store.set('a', session('third'))
      await transaction.rollback()
      const values = await Promise.all(sids.map((sid) => store.get(sid)))
      expect(values).toMatchObject(
        ['third', 'first', 'second', 'second'].map((value) => ({ value })),
      )
    })
  },
)
