import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { KnexSessionStore } from '@knex-session/core'
import { postgres } from '@knex-session/dialect-postgres'
import { RedisStore } from 'connect-redis'
import session, { type SessionData, type Store } from 'express-session'
import createKnex from 'knex'
import { createClient } from 'redis'
import { linkPackages } from '../../scripts/conformance/guide.mjs'
import { blocksOf } from '../../scripts/docs/markdown.mjs'
import { start as startRedis } from '../../scripts/servers/redis.mjs'
import { root } from '../../scripts/steps/step.mjs'
import { uniqueTable } from '../rig/servers/databases.js'

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

/** Who is logged in by a session, and when it ends. */
function loginOf(found: SessionData | null | undefined): { user: unknown; expires: number } | null {
  if (!found) return null
  const { cookie, user } = found as unknown as { cookie: { expires: string }; user: unknown }
  return { user, expires: new Date(cookie.expires).getTime() }
}

/** A login that ends in an hour, rounded to the second by some stores. */
const ann = { user: 'Ann', expires: expect.closeTo(Date.now() + hour, -5) as unknown }

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
