import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { createClient } from 'redis'
import { TestCommand, type Ended, type Started } from '../../packages/cli/test/command.js'
import type { Server } from '../../scripts/servers/process.mjs'
import { start as startRedis } from '../../scripts/servers/redis.mjs'
import { HeldScans } from '../rig/proxies/held-scans.js'
import { databases, uniqueTable, type TestDatabase } from '../rig/servers/databases.js'

const hour = 3_600_000
const resumed = 'place.journal'

let command: TestCommand
let server: Server
let client: ReturnType<typeof createClient>
let proxy: HeldScans
beforeAll(async () => {
  command = await TestCommand.make()
  server = await startRedis()
  client = createClient({ url: server.url })
  await client.connect()
  proxy = await HeldScans.before(server.url)
})
afterAll(async () => {
  await proxy.close()
  await client.close()
  await server.stop()
  command.remove()
})

function sessionOf(user: string, ms: number): SessionData {
  const expires = new Date(Date.now() + ms).toISOString()
  return { cookie: { originalMaxAge: ms, expires, path: '/' }, user } as unknown as SessionData
}

const userOf = (session: SessionData | null): unknown =>
  session && (session as unknown as { user: unknown }).user

const sids = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `sid-${String(index).padStart(4, '0')}`)

async function fillRedis(all: readonly string[]): Promise<void> {
  await client.flushAll()
  const text = JSON.stringify(sessionOf('in Redis', 5 * hour))
  await client.mSet(Object.fromEntries(all.map((sid) => [`sess:${sid}`, text])))
}

/** An application on a database, and the command in a process of its own. */
class Beside {
  readonly knex: Knex
  readonly store: KnexSessionStore
  readonly #tableName = uniqueTable('beside')
  readonly #cwd: string
  readonly #connection: string

  constructor({ name, adapter }: TestDatabase) {
    this.#cwd = command.application()
    const file = join(this.#cwd, 'sessions.sqlite')
    this.#connection = name === 'SQLite' ? file : (process.env['PG_URL'] ?? '')
    const connection = name === 'SQLite' ? { filename: file } : this.#connection
    this.knex = createKnex({ client: adapter.clients[0]!, connection, useNullAsDefault: true })
    this.store = new KnexSessionStore({
      knex: this.knex,
      tableName: this.#tableName,
      cleanupInterval: 0,
    })
  }

  get tableName(): string {
    return this.#tableName
  }

  get journal(): string {
    return join(this.#cwd, resumed)
  }

  start(...flags: readonly string[]): Started {
    const args = ['import', '--table', this.#tableName, ...flags]
    return command.start(args, { cwd: this.#cwd, env: { DATABASE_URL: this.#connection } })
  }

  async end(): Promise<void> {
    await this.store.close()
    await this.knex.schema.dropTableIfExists(this.#tableName)
    await this.knex.destroy()
  }

  /** The users of all sessions, by their ids. */
  async users(): Promise<ReadonlyMap<string, unknown>> {
    const users = new Map<string, unknown>()
    for await (const { sid, session } of this.store.entries()) users.set(sid, userOf(session))
    return users
  }
}

function answerOf({ code, stdout, stderr }: Ended): unknown {
  expect({ stderr, sids: /sid-|in Redis/.exec(stdout) }).toEqual({ stderr: '', sids: null })
  return { code, ...(JSON.parse(stdout) as object) }
}

const [postgres, , sqlite] = databases as [TestDatabase, TestDatabase, TestDatabase]

describe.each([postgres, sqlite])('an import beside the application, on $name', (database) => {
  let beside: Beside
  beforeEach(async () => {
    beside = new Beside(database)
    await beside.store.ready
  })
  afterEach(() => beside.end())

  it('leaves what the application wrote, touched or ended since it began', async () => {
    const all = sids(1_200)
    await fillRedis(all)
    const { store } = beside
    const before = all.filter((_, index) => index % 2 === 1)
    await Promise.all(before.map((sid) => store.set(sid, sessionOf('copied before', hour))))
    const held = proxy.holdAfter(1)
    const started = beside.start('--json', '--from-redis', proxy.url)
    await held
    const users = await beside.users()
    const reached = before.filter((sid) => users.get(sid) === 'in Redis')
    const ahead = before.filter((sid) => users.get(sid) === 'copied before')
    const missing = all.find((sid) => !users.has(sid))!
    const [written, touched, ended] = ahead as [string, string, string]
    const change = async (sid: string) => {
      const session = await store.get(sid)
      await store.set(sid, Object.assign(session!, { user: 'changed' }))
    }
    await change(written)
    await store.touch(touched, sessionOf('', 2 * hour))
    await store.destroy([ended, reached[0]!])
    await change(reached[1]!)
    await store.set(missing, sessionOf('made', hour))
    proxy.release()
    const answer = answerOf(await started.ended)
    expect(answer).toEqual({
      ...{ code: 0, copied: 1_196, kept: 3, ended: 1, failed: 0, dryRun: false },
    })
    const after = await beside.users()
    const differs = new Map([...after].filter(([, user]) => user !== 'in Redis'))
    const expected = { [written]: 'changed', [touched]: 'copied before', [missing]: 'made' }
    expect(Object.fromEntries(differs)).toEqual({ ...expected, [reached[1]!]: 'changed' })
    expect(all.filter((sid) => !after.has(sid))).toEqual([ended, reached[0]!].sort())
  })

  it('leaves what a busy application does all the while', async () => {
    const all = sids(400)
    await fillRedis(all)
    const { store } = beside
    await Promise.all(all.map((sid) => store.set(sid, sessionOf('copied before', hour))))
    const held = proxy.holdAfter(0)
    const started = beside.start('--json', '--from-redis', proxy.url)
    await held
    let isOver = false
    const ended = started.ended.finally(() => (isOver = true))
    const lefts = new Map<string, unknown>()
    const ids = [...all].reverse()
    const act = async () => {
      for (let sid = ids.pop(); sid !== undefined && !isOver; sid = ids.pop()) {
        const session = await store.get(sid)
        const user = lefts.size % 2 ? undefined : 'changed'
        lefts.set(sid, user)
        if (user) await store.set(sid, Object.assign(session!, { user }))
        else await store.destroy(sid)
      }
    }
    proxy.release()
    await Promise.all([act(), act()])
    expect(answerOf(await ended)).toMatchObject({ code: 0, failed: 0 })
    const after = await beside.users()
    expect(lefts.size).toBeGreaterThan(20)
    const wrong = [...lefts].filter(([sid, user]) => after.get(sid) !== user)
    expect(wrong).toEqual([])
  })

  it('goes on after it was killed, with what it knew when it began', async () => {
    const all = sids(1_200)
    await fillRedis(all)
    const { store } = beside
    const before = all.slice(0, 600)
    await Promise.all(before.map((sid) => store.set(sid, sessionOf('copied before', hour))))
    const held = proxy.holdAfter(1)
    const flags = ['--json', '--from-redis', proxy.url, '--resume', resumed]
    const killed = beside.start(...flags)
    await held
    killed.kill('SIGKILL')
    await killed.ended
    expect(readFileSync(beside.journal, 'utf8')).not.toMatch(/sid-|in Redis/)
    const users = await beside.users()
    const reached = all.find((sid) => users.get(sid) === 'in Redis')!
    const ahead = before.find((sid) => users.get(sid) === 'copied before')!
    await store.destroy([reached, ahead])
    const other = beside.start('--json', '--from-redis', server.url, '--resume', resumed)
    expect(await other.ended).toMatchObject({ code: 2 })
    const heldAgain = proxy.holdAfter(0)
    const stopped = beside.start(...flags.slice(1))
    await heldAgain
    stopped.kill('SIGTERM')
    await stopped.says('stopping')
    proxy.release()
    expect(await stopped.ended).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/stopped before the end: the same command goes on\n$/),
    })
    const answer = answerOf(await beside.start(...flags).ended)
    expect(answer).toEqual({
      ...{ code: 0, copied: 1_199, kept: 0, ended: 1, failed: 0, dryRun: false },
    })
    expect(existsSync(beside.journal)).toBe(false)
    const after = await beside.users()
    expect(all.filter((sid) => !after.has(sid))).toEqual([reached, ahead].sort())
  })
})

describe('an import beside a transaction of the application', () => {
  let beside: Beside
  beforeEach(async () => {
    beside = new Beside(postgres)
    await beside.store.ready
  })
  afterEach(() => beside.end())

  const waits = async (table: string) => {
    const waiting = () =>
      beside
        .knex('pg_stat_activity')
        .where('wait_event_type', 'Lock')
        .whereLike('query', `%${table}%`)
    while ((await waiting()).length === 0) await delay(10)
  }

  it.each([
    ['a session that it makes', false],
    ['a session that it changes', true],
  ])('waits for it, and keeps %s', async (_, isThere) => {
    const { knex, store, tableName } = beside
    await fillRedis(['sid-ann'])
    if (isThere) await store.set('sid-ann', sessionOf('copied before', hour))
    const transaction = await knex.transaction()
    const inside = new KnexSessionStore({ knex: transaction, tableName, cleanupInterval: 0 })
    await inside.set('sid-ann', sessionOf('by the application', 2 * hour))
    const started = beside.start('--json', '--from-redis', server.url)
    await waits(tableName)
    await transaction.commit()
    expect(answerOf(await started.ended)).toMatchObject({ code: 0, copied: 0, kept: 1 })
    expect(userOf(await store.get('sid-ann'))).toBe('by the application')
  })

  it('goes on where it was killed in a table', async () => {
    const { knex, store, tableName } = beside
    const all = sids(450)
    const others = uniqueTable('others')
    const source = new KnexSessionStore({ knex, tableName: others, cleanupInterval: 0 })
    await Promise.all(all.map((sid) => source.set(sid, sessionOf('in the other table', hour))))
    await knex(others).where('sid', all[3]!).update({ sess: '"no session"' })
    const transaction = await knex.transaction()
    const inside = new KnexSessionStore({ knex: transaction, tableName, cleanupInterval: 0 })
    await inside.set(all[449]!, sessionOf('by the application', hour))
    const flags = ['--json', '--from-table', others, '--resume', resumed]
    const killed = beside.start(...flags)
    await waits(tableName)
    killed.kill('SIGKILL')
    await killed.ended
    await transaction.rollback()
    await store.destroy(all[0]!)
    expect(await store.length()).toBeGreaterThan(390)
    const answer = answerOf(await beside.start(...flags).ended)
    expect(answer).toMatchObject({ code: 1, ended: 0, failed: 1 })
    const after = await beside.users()
    expect(all.filter((sid) => !after.has(sid))).toEqual([all[0], all[3]])
    await source.close()
    await knex.schema.dropTable(others)
  })
})
