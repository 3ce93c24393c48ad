import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KnexSessionStore, type KnexSessionStoreOptions } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { read } from '../../scripts/docs/markdown.mjs'
import { root } from '../../scripts/steps/step.mjs'
import { uniqueTable } from '../rig/servers/databases.js'

const minute = 60_000
/** Far from the time zone of the databases below, and from UTC. */
const TZ = 'America/New_York'

interface Answer {
  readonly id: unknown
  readonly result?: unknown
  readonly error?: string
}

/** The store of another package in a process of another time zone. */
class OtherStore {
  readonly #process: ChildProcess
  #calls = 0

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  static async start(name: string, connection: string): Promise<OtherStore> {
    const file = join(root, 'tests/switching/other-store.mjs')
    const store = new OtherStore(
      fork(file, [name, connection], { env: { ...process.env, TZ }, execArgv: [] }),
    )
    expect(await store.#answer('ready')).toBe(300)
    return store
  }

  get(sid: string): Promise<SessionData | null> {
    return this.#call('get', sid) as Promise<SessionData | null>
  }

  async set(sid: string, session: SessionData): Promise<void> {
    await this.#call('set', sid, session)
  }

  async touch(sid: string, session: SessionData): Promise<void> {
    await this.#call('touch', sid, session)
  }

  async destroy(sid: string): Promise<void> {
    await this.#call('destroy', sid)
  }

  async prune(): Promise<void> {
    await this.#call('prune')
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    if (this.#process.connected) this.#process.disconnect()
    await ended
  }

  #call(method: string, sid?: string, session?: SessionData): Promise<unknown> {
    const id = ++this.#calls
    const answer = this.#answer(id)
    this.#process.send({ id, method, sid, session })
    return answer
  }

  #answer(id: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const listen = (answer: Answer) => {
        if (answer.id !== id) return
        this.#process.off('message', listen).off('exit', exited)
        if (answer.error === undefined) resolve(answer.result)
        else reject(new Error(answer.error))
      }
      const exited = () => {
        reject(new Error('the other process ended'))
      }
      this.#process.on('message', listen).once('exit', exited)
    })
  }
}

/** A session that ends in some minutes, on a whole second. */
function session(user: string, minutes: number): SessionData {
  const expires = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + minutes * minute).toISOString()
  return {
    cookie: { originalMaxAge: minutes * minute, expires, httpOnly: true, path: '/' },
    user,
  } as unknown as SessionData
}

function userOf(found: SessionData | null): unknown {
  return found && (found as unknown as { user: unknown }).user
}

/** In how many minutes a session ends, by its cookie. */
function minutesLeft(found: SessionData | null): number {
  const { expires } = (found?.cookie ?? {}) as { expires?: string }
  return Math.round((new Date(expires ?? NaN).getTime() - Date.now()) / minute)
}

/** The options that docs/switching.md gives for a store. */
function optionsOf(
  heading: string,
  isSqlite: boolean,
): Required<Pick<KnexSessionStoreOptions, 'columns'>> & {
  tableName: string
} {
  const section = (read('docs/switching.md').split(`\n## ${heading}\n`)[1] ?? '').split('\n## ')[0]
  // The last block is the one for SQLite, where the databases differ.
  const options = Array.from(
    String(section).matchAll(/new KnexSessionStore\((\{[^]*?\n\})\)/g),
    ([, text]) => text,
  ).at(isSqlite ? -1 : 0)
  if (options === undefined) throw new Error(`docs/switching.md has no options for ${heading}`)
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the page's own text is what is tested
  const made = new Function('knex', 'type', `return ${options}`) as (
    knex: undefined,
    type: string,
  ) => ReturnType<typeof optionsOf>
  return made(undefined, 'offset-text')
}

interface Place {
  readonly knex: Knex
  readonly connection: string
  end(): Promise<void>
}

/** A file of which the store of the other package makes the tables. */
function sqliteFile(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-in-place-'))
  const filename = join(folder, 'sessions.sqlite')
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename },
    useNullAsDefault: true,
  })
  return Promise.resolve({
    knex,
    connection: filename,
    async end() {
      await knex.destroy()
      rmSync(folder, { recursive: true })
    },
  })
}

async function postgresSchema(): Promise<Place> {
  const schema = uniqueTable('in_place')
  const url = new URL(process.env['PG_URL'] ?? '')
  url.searchParams.set('options', `-c search_path=${schema} -c TimeZone=Asia/Tokyo`)
  const knex = createKnex({ client: 'pg', connection: url.href })
  await knex.raw('create schema ??', [schema])
  return {
    knex,
    connection: url.href,
    async end() {
      await knex.raw('drop schema ?? cascade', [schema])
      await knex.destroy()
    },
  }
}

async function mysqlDatabase(): Promise<Place> {
  const name = uniqueTable('in_place')
  const url = process.env['MYSQL_URL'] ?? ''
  const server = createKnex({ client: 'mysql2', connection: url })
  await server.raw('create database ??', [name])
  const connection = Object.assign(new URL(url), { pathname: `/${name}` }).href
  const inTokyo = (
    made: { query(sql: string, done: (error: unknown) => void): void },
    done: (error: unknown, made: unknown) => void,
  ) => {
    made.query(`set time_zone = '+09:00'`, (error) => {
      done(error, made)
    })
  }
  const knex = createKnex({ client: 'mysql2', connection, pool: { min: 0, afterCreate: inTokyo } })
  return {
    knex,
    connection,
    async end() {
      await server.raw('drop database ??', [name])
      await Promise.all([knex.destroy(), server.destroy()])
    },
  }
}

const all = { looksAtExpiry: true, prunes: true }
const sequelize = { ...all, looksAtExpiry: false }
const stores: readonly (readonly [string, string, () => Promise<Place>, typeof all])[] = [
  ['connect-pg-simple', 'PostgreSQL', postgresSchema, all],
  ['express-mysql-session', 'MariaDB', mysqlDatabase, all],
  ['connect-sqlite3', 'SQLite', sqliteFile, { ...all, prunes: false }],
  ['better-sqlite3-session-store', 'SQLite', sqliteFile, all],
  ['connect-session-sequelize', 'PostgreSQL', postgresSchema, sequelize],
  ['connect-session-sequelize', 'MariaDB', mysqlDatabase, sequelize],
  ['connect-session-sequelize', 'SQLite', sqliteFile, sequelize],
]

describe.each(stores)('the table of %s on %s', (name, database, open, does) => {
  const options = optionsOf(name, database === 'SQLite')
  let place: Place
  let theirs: OtherStore
  let ours: KnexSessionStore
  let tableName: string
  let column: string

  beforeAll(async () => {
    place = await open()
    theirs = await OtherStore.start(name, place.connection)
  })

  beforeEach(async () => {
    tableName = options.tableName
    const { expired = 'expired' } = options.columns
    column = typeof expired === 'string' ? expired : (expired.name ?? 'expired')
    ours = new KnexSessionStore({
      ...options,
      knex: place.knex,
      cleanupInterval: 0,
      createTable: false,
    })
    await ours.ready
  })

  afterEach(async () => {
    await place.knex(tableName).del()
    await ours.close()
  })

  afterAll(async () => {
    await theirs.end()
    await place.end()
  })

  /** What the column of the expiry holds, as text. */
  const stored = async (sid: string): Promise<string> => {
    const { sid: key = 'sid' } = options.columns
    const rows = await place
      .knex(tableName)
      .where(key, sid)
      .select(place.knex.raw('cast(?? as char(40)) as cell', [column]))
    // sqlite3 binds a number as one that may have a fraction.
    return String((rows as readonly { cell: unknown }[])[0]?.cell)
      .trim()
      .replace(/\.0$/, '')
  }

  it('is read and written by both, in processes of other time zones', async () => {
    await theirs.set('ann', session('Ann', 60))
    const found = await ours.get('ann')
    expect([userOf(found), minutesLeft(found)]).toEqual(['Ann', 60])

    const sids = ['bob', 'cid', 'dan', 'eve']
    await Promise.all(sids.map((sid) => ours.set(sid, session(sid, 60))))
    for (const sid of sids) expect(userOf(await theirs.get(sid))).toBe(sid)
    await theirs.set('bob', session('Bob B.', 90))
    expect([userOf(await ours.get('bob')), minutesLeft(await ours.get('bob'))]).toEqual([
      ...['Bob B.', 90],
    ])
    await ours.set('ann', session('Ann C.', 60))
    expect(userOf(await theirs.get('ann'))).toBe('Ann C.')

    expect(await ours.destroy('cid')).toBe(1)
    expect(await theirs.get('cid')).toBeNull()
    await theirs.destroy('dan')
    expect(await ours.get('dan')).toBeNull()
    expect((await ours.ids()).sort()).toEqual(['ann', 'bob', 'eve'])
  })

  it('holds the same for one expiry, whoever writes it', async () => {
    const later = session('Ann', 30)
    for (const sid of ['theirs', 'ours', 'set']) await ours.set(sid, session('Ann', 60))
    await theirs.touch('theirs', later)
    await ours.touch('ours', later)
    await ours.set('set', later)
    await Promise.all(['many', 'more'].map((sid) => ours.set(sid, session('Ann', 60))))
    await Promise.all(['many', 'more'].map((sid) => ours.touch(sid, later)))
    const expected = await stored('theirs')
    for (const sid of ['ours', 'set', 'many', 'more']) expect(await stored(sid)).toBe(expected)
    expect(minutesLeft(await ours.get('theirs'))).toBe(30)
  })

  it('has sessions that end for both at once, and each prunes those of the other', async () => {
    const over = session('Ann', -5)
    for (const sid of ['theirs', 'ours', 'live']) await theirs.set(sid, session('Ann', 60))
    await theirs.touch('theirs', over)
    expect(await ours.get('theirs')).toBeNull()
    expect(await ours.length()).toBe(2)
    expect(await ours.prune()).toBe(1)
    await ours.touch('ours', over)
    if (does.looksAtExpiry) expect(await theirs.get('ours')).toBeNull()
    if (does.prunes) {
      await theirs.prune()
      expect(await stored('ours')).toBe('undefined')
    }
    expect(userOf(await theirs.get('live'))).toBe('Ann')
  })

  it('is the other store’s again once this one is gone', async () => {
    await ours.set('ann', session('Ann', 60))
    await ours.close()
    expect(userOf(await theirs.get('ann'))).toBe('Ann')
    await theirs.touch('ann', session('Ann', 90))
    await theirs.set('ann', session('Ann D.', 90))
    expect(userOf(await theirs.get('ann'))).toBe('Ann D.')
  })
})
