import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { KnexSessionStore } from '@knex-session/core'
import { mysql } from '@knex-session/dialect-mysql'
import { postgres } from '@knex-session/dialect-postgres'
import { RedisStore } from 'connect-redis'
import session, { type SessionData, type Store } from 'express-session'
import createKnex from 'knex'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import { createClient } from 'redis'
import { linkPackages } from '../../scripts/conformance/guide.mjs'
import { blocksOf } from '../../scripts/docs/markdown.mjs'
import { start as startRedis } from '../../scripts/servers/redis.mjs'
import { root } from '../../scripts/steps/step.mjs'
import { uniqueTable } from '../rig/servers/databases.js'

const load = createRequire(join(root, 'tests/package.json'))
const hour = 3_600_000

/** A block of docs/switching.md by the marker above it. */
function blockOf(marker: string): string {
  const block = blocksOf('docs/switching.md').find((each) => each.marker === marker)
  if (!block) throw new Error(`docs/switching.md has no block marked ${marker}`)
  return block.code
}

/** A session with a life of an hour, as express-session hands it to a store. */
function sessionOf(user: string): SessionData {
  const cookie = new session.Cookie()
  cookie.maxAge = hour
  return { cookie, user } as unknown as SessionData
}

/** A call of the old store, whose methods know callbacks. */
function call(
  store: Store,
  method: 'set' | 'touch',
  sid: string,
  value: SessionData,
): Promise<void> {
  return new Promise((resolve, reject) => {
    store[method]?.(sid, value, (error?: unknown) => {
      if (error) reject(error)
      else resolve()
    })
  })
}

function read(store: Store, sid: string): Promise<SessionData | null | undefined> {
  return new Promise((resolve, reject) => {
    store.get(sid, (error: unknown, found) => {
      if (error) reject(error)
      else resolve(found)
    })
  })
}

/** Who is logged in by a session, and when it ends. */
function loginOf(found: SessionData | null | undefined): { user: unknown; expires: number } | null {
  if (!found) return null
  const { cookie, user } = found as unknown as { cookie: { expires: string }; user: unknown }
  return { user, expires: new Date(cookie.expires).getTime() }
}

/** A login that ends in an hour, rounded to the second by some stores. */
const ann = { user: 'Ann', expires: expect.closeTo(Date.now() + hour, -5) as unknown }

describe('from connect-pg-simple', () => {
  // A schema for each test, in which the tables have the names that the page gives them.
  const onSchema = async (
    timeZone: string,
    work: (knex: ReturnType<typeof createKnex>, theirs: Store) => Promise<void>,
  ) => {
    const schema = uniqueTable('switching')
    const url = new URL(process.env['PG_URL'] ?? '')
    url.searchParams.set('options', `-c search_path=${schema} -c TimeZone=${timeZone}`)
    const knex = createKnex({ client: 'pg', connection: url.href })
    const pool = new pg.Pool({ connectionString: url.href })
    const PgStore = (
      load('connect-pg-simple') as (
        own: typeof session,
      ) => new (options: object) => Store & { close(): Promise<void> }
    )(session)
    await knex.raw('create schema ??', [schema])
    const theirs = new PgStore({ pool, createTableIfMissing: true, pruneSessionInterval: false })
    try {
      await work(knex, theirs)
    } finally {
      await theirs.close()
      await pool.end()
      await knex.raw('drop schema ?? cascade', [schema])
      await knex.destroy()
    }
  }

  it.each(['UTC', 'Pacific/Auckland'])(
    'logins stay when they are copied, where the time zone is %s',
    async (timeZone) => {
      await onSchema(timeZone, async (knex, theirs) => {
        const ours = new KnexSessionStore({ knex, dialect: postgres, cleanupInterval: 0 })
        await call(theirs, 'set', 'ann', sessionOf('Ann'))
        await call(theirs, 'set', 'bob', sessionOf('old Bob'))
        await ours.set('bob', sessionOf('new Bob'))
        await knex.raw(blockOf('run: connect-pg-simple, copy'))
        expect(loginOf(await ours.get('ann'))).toEqual(ann)
        expect(loginOf(await ours.get('bob'))).toMatchObject({ user: 'new Bob' })
        await ours.close()
      })
    },
  )

  it('old and new processes work side by side on a view, where the time zone is UTC', async () => {
    await onSchema('UTC', async (knex, theirs) => {
      await call(theirs, 'set', 'ann', sessionOf('Ann'))
      await knex.raw(blockOf('run: connect-pg-simple, view'))
      const ours = new KnexSessionStore({ knex, dialect: postgres, cleanupInterval: 0 })
      expect(loginOf(await ours.get('ann'))).toEqual(ann)
      await Promise.all(['bob', 'cid', 'dan'].map((sid) => ours.set(sid, sessionOf(sid))))
      await ours.set('ann', sessionOf('Ann B.'))
      expect(loginOf(await read(theirs, 'ann'))).toMatchObject({ user: 'Ann B.' })
      expect(loginOf(await read(theirs, 'bob'))).toEqual({ ...ann, user: 'bob' })
      const later = sessionOf('bob')
      later.cookie.maxAge = 2 * hour
      await Promise.all([ours.touch('bob', later), ours.touch('cid', later)])
      await call(theirs, 'touch', 'ann', later)
      for (const sid of ['ann', 'bob', 'cid']) {
        expect(loginOf(await ours.get(sid))?.expires).toBeGreaterThan(Date.now() + 1.5 * hour)
      }
      expect(await ours.destroy('bob')).toBe(1)
      expect(await read(theirs, 'bob')).toBeUndefined()
      await knex.raw(`update session set expire = expire - interval '3 hours' where sid = 'cid'`)
      expect(await ours.prune()).toBe(1)
      expect(await ours.length()).toBe(2)
      await ours.close()
    })
  })
})

it('from express-mysql-session: logins stay when they are copied, whatever the time zone', async () => {
  const name = uniqueTable('switching')
  const url = process.env['MYSQL_URL'] ?? ''
  const root = createKnex({ client: 'mysql2', connection: url })
  await root.raw('create database ??', [name])
  const connection = Object.assign(new URL(url), { pathname: `/${name}` }).href
  const knex = createKnex({ client: 'mysql2', connection, pool: { min: 0, max: 1 } })
  const pool = mysql2.createPool(connection)
  const MySqlStore = (
    load('express-mysql-session') as (
      own: typeof session,
    ) => new (
      options: object,
      pool: object,
    ) => Store & { onReady(): Promise<void>; close(): Promise<void> }
  )(session)
  const theirs = new MySqlStore({ clearExpired: false }, pool)
  const ours = new KnexSessionStore({
    knex,
    dialect: mysql,
    tableName: 'web_sessions',
    cleanupInterval: 0,
  })
  try {
    await theirs.onReady()
    await call(theirs, 'set', 'ann', sessionOf('Ann'))
    await call(theirs, 'set', 'bob', sessionOf('old Bob'))
    await ours.set('bob', sessionOf('new Bob'))
    await knex.raw(`set time_zone = '+11:00'`)
    await knex.raw(blockOf('run: express-mysql-session, copy').replaceAll('?', '\\?'))
    expect(loginOf(await ours.get('ann'))).toEqual(ann)
    expect(loginOf(await ours.get('bob'))).toMatchObject({ user: 'new Bob' })
    expect(await ours.length()).toBe(2)
  } finally {
    await theirs.close()
    await ours.close()
    await pool.end()
    await root.raw('drop database ??', [name])
    await Promise.all([knex.destroy(), root.destroy()])
  }
})

it('from connect-redis: logins stay when the script has copied them', async () => {
  const server = await startRedis()
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-switching-'))
  const schema = uniqueTable('switching')
  const database = new URL(process.env['PG_URL'] ?? '')
  database.searchParams.set('options', `-c search_path=${schema}`)
  const knex = createKnex({ client: 'pg', connection: database.href })
  const ours = new KnexSessionStore({ knex, dialect: postgres, cleanupInterval: 0 })
  try {
    await knex.raw('create schema ??', [schema])
    const client = createClient({ url: server.url })
    await client.connect()
    const theirs = new RedisStore({ client })
    await call(theirs, 'set', 'ann', sessionOf('Ann'))
    await call(theirs, 'set', 'touched', sessionOf('Ann'))
    const later = sessionOf('Ann')
    later.cookie.maxAge = 2 * hour
    await call(theirs, 'touch', 'touched', later)
    await client.set('another key', 'not touched')
    await call(theirs, 'set', 'bob', sessionOf('old Bob'))
    await ours.set('bob', sessionOf('new Bob'))

    writeFileSync(join(folder, 'copy-sessions.mjs'), blockOf('file: copy-sessions.mjs'))
    const installed = (name: string) => join(root, 'tests/node_modules', name)
    linkPackages(folder, {
      '@knex-session/core': installed('@knex-session/core'),
      '@knex-session/dialect-postgres': installed('@knex-session/dialect-postgres'),
      knex: installed('knex'),
      redis: installed('redis'),
    })
    const env = { ...process.env, REDIS_URL: server.url, DATABASE_URL: database.href }
    const { stdout } = await promisify(execFile)(process.execPath, ['copy-sessions.mjs'], {
      cwd: folder,
      env,
    })
    expect(stdout).toBe('2 sessions copied\n')
    client.destroy()

    expect(loginOf(await ours.get('bob'))).toMatchObject({ user: 'new Bob' })
    expect(loginOf(await ours.get('ann'))).toEqual(ann)
    expect(loginOf(await ours.get('touched'))?.expires).toBeGreaterThan(Date.now() + 1.5 * hour)
  } finally {
    await ours.close()
    await knex.raw('drop schema ?? cascade', [schema])
    await knex.destroy()
    rmSync(folder, { recursive: true })
    await server.stop()
  }
})
