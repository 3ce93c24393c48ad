import { KnexSessionStore, type KnexSessionStoreOptions } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import type { SessionData } from 'express-session'
import { read } from '../../scripts/docs/markdown.mjs'
import { OtherStore } from '../rig/other-store.js'
import { mysqlDatabase, postgresSchema, sqliteFile, type Place } from '../rig/servers/places.js'

const minute = 60_000

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
