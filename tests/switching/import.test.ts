import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KnexSessionStore } from '@knex-session/core'
import { RedisStore } from 'connect-redis'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { createClient } from 'redis'
import { TestCommand } from '../../packages/cli/test/command.js'
import type { Server } from '../../scripts/servers/process.mjs'
import { start as startRedis } from '../../scripts/servers/redis.mjs'
import { databases, uniqueTable } from '../rig/servers/databases.js'

const hour = 3_600_000

let command: TestCommand
let server: Server
let client: ReturnType<typeof createClient>
beforeAll(async () => {
  command = await TestCommand.make()
  server = await startRedis()
  client = createClient({ url: server.url })
  await client.connect()
})
afterAll(async () => {
  await client.close()
  await server.stop()
  command.remove()
})

function sessionOf(user: string, ms: number): SessionData {
  const expires = new Date(Date.now() + ms).toISOString()
  return { cookie: { originalMaxAge: ms, expires, path: '/' }, user } as unknown as SessionData
}

const urls = {
  PostgreSQL: () => process.env['PG_URL']!,
  MariaDB: () => process.env['MYSQL_URL']!,
  SQLite: () => join(command.folder, 'sessions.sqlite'),
}

/** Each takes a few seconds of many processes. */
const targets = process.env['KNEX_SESSION_EXTENDED'] === undefined ? databases.slice(-1) : databases

describe.each(targets)('sessions are imported into $name', ({ name, adapter }) => {
  const tableName = uniqueTable('imported')
  let knex: Knex
  let store: KnexSessionStore
  let connection: string

  const importFrom = async (...flags: readonly string[]) => {
    const args = ['import', '--json', '--table', tableName, ...flags]
    const ended = await command.run(args, { env: { DATABASE_URL: connection } })
    expect(ended.stderr).toBe('')
    expect(ended.stdout).not.toMatch(/sid-|ann|bob|Größe/)
    return { code: ended.code, ...(JSON.parse(ended.stdout) as object) }
  }
  const fromRedis = (...flags: readonly string[]) =>
    importFrom('--from-redis', server.url, ...flags)
  const endOf = async (sid: string) => {
    for await (const each of store.entries()) if (each.sid === sid) return each.expires.getTime()
    return undefined
  }

  beforeAll(async () => {
    connection = urls[name as keyof typeof urls]()
    knex = createKnex({
      client: adapter.clients[0]!,
      connection: name === 'SQLite' ? { filename: connection } : connection,
      useNullAsDefault: true,
    })
    store = new KnexSessionStore({ knex, dialect: adapter, tableName, cleanupInterval: 0 })
    await store.ready
    await client.flushAll()
  })
  afterAll(async () => {
    await store.close()
    await knex.schema.dropTableIfExists(tableName)
    await knex.destroy()
  })

  it('from connect-redis, as they are, with what was there kept', async () => {
    const redis = new RedisStore({ client })
    await redis.set('sid-ann', sessionOf('ann Größe', hour))
    // A touch moves only the life of the key.
    await redis.touch('sid-ann', sessionOf('', 5 * hour))
    const browser = { cookie: { originalMaxAge: null, expires: null }, user: 'bob' }
    await redis.set('sid-bob', browser)
    await redis.set('sid-old', sessionOf('in Redis', hour))
    await store.set('sid-old', sessionOf('in the table', 2 * hour))
    await redis.set('sid-own', sessionOf('in Redis', hour))
    await store.set('sid-own', sessionOf('', hour / 2))
    // As a store with a serializer of its own writes it.
    await knex(tableName).where('sid', 'sid-own').update({ sess: '"in its own form"' })
    await client.set('sess:sid-gone', JSON.stringify(sessionOf('ann', -hour)))
    await client.set('sess:sid-broken', '{"cookie')
    await client.set('other:sid-none', '{}')
    await client.lPush('sess:sid-list', 'x')
    const dry = await fromRedis('--dry-run')
    expect(dry).toEqual({ code: 1, copied: 2, kept: 2, ended: 0, failed: 1, dryRun: true })
    expect(await store.length()).toBe(2)
    expect(await fromRedis()).toEqual({ ...dry, dryRun: false })
    expect(await store.get('sid-ann')).toMatchObject({ user: 'ann Größe', cookie: { path: '/' } })
    expect(await store.get('sid-old')).toMatchObject({ user: 'in the table' })
    expect(await store.get('sid-bob')).toEqual(browser)
    await expect(store.get('sid-own')).rejects.toMatchObject({ code: 'ERR_UNREADABLE_SESSION' })
    expect(Math.abs((await endOf('sid-ann'))! - Date.now() - 5 * hour)).toBeLessThan(60_000)
    expect(Math.abs((await endOf('sid-bob'))! - Date.now() - 24 * hour)).toBeLessThan(60_000)
    await redis.touch('sid-old', sessionOf('', 9 * hour))
    expect(await fromRedis()).toMatchObject({ copied: 1, kept: 3 })
    expect(await store.get('sid-old')).toMatchObject({ user: 'in Redis' })
  })
})

describe('an import', () => {
  it('refuses a file that is not its own, and goes to no table that it comes from', async () => {
    const cwd = command.application({ 'place.json': 'something else' })
    const connection = ['--connection', 'sessions.sqlite']
    await command.run(['create', ...connection], { cwd })
    const fromRedis = ['import', ...connection, '--from-redis', server.url, '--resume']
    const refused = await command.run([...fromRedis, 'place.json'], { cwd })
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('place.json is not of this import')
    expect(readFileSync(join(cwd, 'place.json'), 'utf8')).toBe('something else')
    expect(await command.run([...fromRedis, 'none/place.json'], { cwd })).toMatchObject({ code: 2 })
    const same = ['import', ...connection, '--from-table', 'sessions']
    expect(await command.run(same, { cwd })).toMatchObject({ code: 2 })
    const noUrl = ['import', ...connection, '--from-redis', '127.0.0.1:6379']
    expect(await command.run(noUrl, { cwd })).toMatchObject({ code: 2 })
  })

  it('needs no right on Redis but to read, and ends with 3 without that', async () => {
    await client.flushAll()
    await client.set('sess:sid-ann', JSON.stringify(sessionOf('ann', hour)), { EX: 60 })
    const cwd = command.application()
    const connection = ['--connection', 'sessions.sqlite']
    await command.run(['create', ...connection], { cwd })
    const importAs = (user: string) => {
      const url = Object.assign(new URL(server.url), { username: user, password: 'reader-word' })
      return command.run(['import', '--json', ...connection, '--from-redis', url.href], { cwd })
    }
    const all = ['on', '>reader-word', '~*', '+@all']
    await client.sendCommand(['ACL', 'SETUSER', 'blind', ...all, '-get'])
    const refused = await importAs('blind')
    expect(refused.code).toBe(3)
    expect(refused.stdout).toMatch(/^\{"error":"reading Redis failed: NOPERM/)
    await client.sendCommand(['ACL', 'SETUSER', 'reader', ...all, '-dbsize', '-info'])
    const { stdout } = await importAs('reader')
    expect(JSON.parse(stdout)).toMatchObject({ copied: 1, failed: 0 })
  })

  it('reads Redis by ioredis where there is no redis', async () => {
    await client.flushAll()
    await client.set('sess:sid-ann', JSON.stringify(sessionOf('ann', hour)), { EX: 60 })
    const cwd = command.application({ 'node_modules/redis/index.js': 'throw new Error()' })
    const connection = ['--connection', 'sessions.sqlite']
    await command.run(['create', ...connection], { cwd })
    const args = ['import', '--json', ...connection, '--from-redis', server.url]
    const { stdout, stderr } = await command.run(args, { cwd })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ copied: 1, kept: 0, ended: 0, failed: 0, dryRun: false })
  })

  it('reads another table, with its names of columns', async () => {
    const cwd = command.application()
    const knex = createKnex({
      client: 'better-sqlite3',
      connection: { filename: join(cwd, 'sessions.sqlite') },
      useNullAsDefault: true,
    })
    const columns = { sid: 'session_id', sess: 'data', expired: 'expires' }
    const source = new KnexSessionStore({ knex, tableName: 'others', columns, cleanupInterval: 0 })
    await source.set('sid-ann', sessionOf('ann', hour))
    await source.close()
    const connection = ['--connection', 'sessions.sqlite']
    await command.run(['create', ...connection], { cwd })
    const names = ['--from-columns', 'sid=session_id,sess=data,expired=expires']
    const ended = await command.run(
      ['import', '--json', ...connection, '--from-table', 'others', ...names],
      { cwd },
    )
    expect(JSON.parse(ended.stdout)).toMatchObject({ copied: 1, kept: 0, failed: 0 })
    const store = new KnexSessionStore({ knex, cleanupInterval: 0 })
    expect(await store.get('sid-ann')).toMatchObject({ user: 'ann' })
    await store.close()
    await knex.destroy()
  })

  it('from a Redis that does not answer ends with 3, and prints no password', async () => {
    const cwd = command.application()
    const connection = ['--connection', 'sessions.sqlite']
    await command.run(['create', ...connection], { cwd })
    const url = 'redis://ann:s3cret-word@127.0.0.1:1'
    const ended = await command.run(['import', ...connection, '--from-redis', url], { cwd })
    expect(ended).toMatchObject({ code: 3, stdout: '' })
    expect(ended.stderr).toMatch(/^connecting to Redis failed: /)
    expect(ended.stderr).not.toContain('s3cret-word')
  })
})
