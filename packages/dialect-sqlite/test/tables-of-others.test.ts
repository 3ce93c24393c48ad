import { KnexSessionStore } from '@knex-session/core'
import { defineDialect } from '@knex-session/core/dialect'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { sqlite } from '../src/index.js'

const hour = 3_600_000
const start = Date.UTC(2026, 0, 31, 12, 0, 0, 500)
const tableName = 'sessions'

const session = (until: number, of = 'x') =>
  ({ cookie: { expires: new Date(until).toISOString() }, of }) as unknown as SessionData
const until = (read: SessionData | null | undefined) =>
  read ? Date.parse(String(read.cookie.expires)) : NaN
const text = (of: string) => JSON.stringify(session(start, of))

let knex: Knex
let now = start
const stores: KnexSessionStore[] = []

beforeEach(() => {
  now = start
  knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
})

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
  await knex.destroy()
})

function storeOnTable(dialect = sqlite): KnexSessionStore {
  const store = new KnexSessionStore({
    knex,
    dialect,
    tableName,
    cleanupInterval: 0,
    clock: () => now,
    touchInterval: 0,
  })
  stores.push(store)
  return store
}

const key = 'sid varchar(255) primary key'

async function tableOf(
  columns: string,
  ends: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await knex.raw(`create table ${tableName} (${columns})`)
  await knex.raw(`create index by_end on ${tableName} (expired)`).catch(() => undefined)
  for (const [sid, expired] of Object.entries(ends)) await write(sid, expired)
}

async function write(sid: string, expired: unknown): Promise<void> {
  await knex.raw(`insert into ${tableName} (sid, sess, expired) values (?, ?, ?)`, [
    sid,
    text(sid),
    expired as Knex.RawBinding,
  ])
}

const iso = (at: number) => new Date(at).toISOString()
const spaced = (at: number) => iso(at).replace('T', ' ').slice(0, -1)

/** How other stores and hands write an expiry. Columns are of the types that go with it. */
const forms: readonly (readonly [
  form: string,
  type: string,
  written: (at: number) => unknown,
  step: number,
])[] = [
  ['ISO text, as connect-session-knex writes', 'datetime not null', iso, 1],
  ['ISO text to the second', 'text not null', (at) => iso(at).replace('.500Z', 'Z'), 1_000],
  ['ms in a column without a type, as connect-sqlite3 makes it', '', (at) => at, 1],
  [
    'ms in a column `datetime`, as better-sqlite3 writes a Date',
    'datetime not null',
    (at) => at,
    1,
  ],
  ['ms in a column `bigint`', 'bigint', (at) => at, 1],
  ['seconds', 'integer not null', (at) => Math.floor(at / 1_000), 1_000],
  ['seconds with a fraction', 'real', (at) => at / 1_000, 1_000],
  ['SQLite’s own text', 'text', (at) => spaced(at).slice(0, 19), 1_000],
  ['SQLite’s own text with a fraction', 'datetime', spaced, 1],
]

describe.each(forms)('a table whose expiries are %s', (_, type, written, step) => {
  const near = (at: number, wanted: number) => {
    expect(Math.abs(at - wanted)).toBeLessThan(step)
  }

  it('has each session for as long as it lives, by whomever it was written, and not longer', async () => {
    const ends = {
      over: start - 1_000,
      'over long ago': start - 48 * hour,
      soon: start + 2_000,
      'later today': start + hour,
      later: start + 48 * hour,
    }
    await tableOf(
      `${key}, sess json, expired ${type}`,
      Object.fromEntries(Object.entries(ends).map(([sid, at]) => [sid, written(at)])),
    )
    const store = storeOnTable()
    for (const some of [Object.entries(ends), ...Object.entries(ends).map((each) => [each])]) {
      const found = await Promise.all(some.map(([sid]) => store.get(sid)))
      for (const [index, [, at]] of some.entries()) {
        if (at > start) near(until(found[index]), at)
        else expect(found[index]).toBeNull()
      }
    }
    expect(await store.length()).toBe(3)
    expect(Object.keys(await store.all())).toHaveLength(3)
    expect(await store.prune()).toBe(2)
    await Promise.all(
      ['a', 'b', 'c', 'soon'].map((sid) => store.set(sid, session(start + hour, sid))),
    )
    await Promise.all(['a', 'b'].map((sid) => store.touch(sid, session(start + 5 * hour))))
    await store.touch('c', session(start + 6 * hour))
    near(until(await store.get('a')), start + 5 * hour)
    near(until(await store.get('c')), start + 6 * hour)
    near(until(await storeOnTable().get('soon')), start + hour)
    now = start + 4 * hour
    expect(await store.prune()).toBe(2)
    expect(await store.length()).toBe(4)
    const rows = await knex.raw<readonly { form: string }[]>(
      `select distinct typeof(expired) as form from ${tableName}`,
    )
    expect(
      rows.filter(({ form }) => (form === 'text') !== (typeof written(start) === 'string')),
    ).toEqual([])
    await storeOnTable().ready
  })

  it('is pruned of hundreds of rows', async () => {
    await tableOf(`${key}, sess json, expired ${type}`, { first: written(start + hour) })
    const store = storeOnTable()
    const sids = Array.from({ length: 300 }, (_each, index) => `sid ${String(index)}`)
    await Promise.all(sids.map((sid) => store.set(sid, session(start + hour, sid))))
    await Promise.all(sids.slice(0, 100).map((sid) => store.touch(sid, session(start + 3 * hour))))
    now = start + 2 * hour
    expect(await store.prune()).toBe(201)
    expect(await store.length()).toBe(100)
  })
})

describe('a row that another program writes in another form while stores run', () => {
  const others: readonly unknown[] = [
    start + hour,
    Math.floor((start + hour) / 1_000),
    spaced(start + hour),
  ]

  it.each([...others, iso(start + hour)])('is not pruned while it lives: %p', async (expired) => {
    for (const type of ['datetime', 'text', '']) {
      for (const first of [iso(start), start, Math.floor(start / 1_000), spaced(start)]) {
        await tableOf(
          `${key}, sess json, expired ${type}`,
          type === 'text' && typeof first === 'number' ? {} : { first },
        )
        // The second finds expired rows first, as all do in a transaction or after the server
        // refused their own statement.
        const running = [
          storeOnTable(),
          storeOnTable(
            defineDialect({ ...sqlite, queries: { ...sqlite.queries, prune: undefined } }),
          ),
        ]
        await Promise.all(running.map((store) => store.ready))
        await write('live', expired)
        for (const store of running) await store.prune()
        expect(await knex(tableName).where({ sid: 'live' })).toHaveLength(1)
        await knex.schema.dropTable(tableName)
      }
    }
  })
})

describe('a table that no store can work on is refused by an error that says what to do', () => {
  const columns = `${key}, sess json, expired datetime`

  it.each<readonly [string, string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      'two forms of expiries',
      columns,
      { a: iso(start), b: start },
      /holds milliseconds, ISO 8601.*or convert the others/,
    ],
    [
      'days',
      `${key}, sess json, expired real`,
      { a: 2_461_072.5 },
      /holds something else, which cannot be compared/,
    ],
    [
      'numbers as text',
      `${key}, sess json, expired text`,
      { a: String(start) },
      /holds something else/,
    ],
    ['local times', columns, { a: '2026-01-31T12:00:00' }, /holds something else/],
    [
      'no key',
      'sid text, sess json, expired datetime',
      {},
      /no unique key on just the column 'sid'.*create unique index `sessions_sid_key` on `sessions` \(`sid`\)/,
    ],
    [
      'a key of two columns',
      'sid text, sess json, expired datetime, n int, primary key (sid, n)',
      {},
      /create unique index/,
    ],
    [
      'a unique key of two columns',
      'sid text, sess json, expired datetime, n int, unique (sid, n)',
      {},
      /create unique index/,
    ],
    ...['integer', 'numeric', 'real', 'bigint', 'decimal(10)', 'boolean', 'string', 'float'].map(
      (type) =>
        [
          'ids that become numbers',
          `sid ${type} primary key, sess json, expired datetime`,
          {},
          /the column 'sid' of the table 'sessions' is of the type .*, in which SQLite makes a number of an id.*varchar\(255\)/,
        ] as const,
    ),
    [
      'a further column that must be given',
      `${columns}, tenant int not null`,
      {},
      /the column 'tenant' of the table 'sessions' may not be null/,
    ],
  ])('%s', async (_, definition, ends, says) => {
    await tableOf(definition, ends)
    await expect(storeOnTable().ready).rejects.toMatchObject({
      code: 'ERR_DATABASE',
      message: expect.stringMatching(says) as unknown,
    })
  })

  it.each(['text', 'char(36)', 'nvarchar(255)', 'clob', '', 'blob'])(
    'but not one whose ids stay as they are: %s',
    async (type) => {
      await tableOf(`sid ${type} primary key, sess json, expired datetime`)
      const store = storeOnTable()
      for (const sid of ['012', '1e3', 'abc']) {
        await store.set(sid, session(start + hour, sid))
        expect(await store.get(sid)).toMatchObject({ of: sid })
      }
    },
  )

  it.each([
    ['the primary key', columns],
    [
      'the only key of a table without rowid',
      `sid text primary key, sess json, expired datetime) without rowid; --`,
    ],
    [
      'a unique key beside another primary one',
      'id integer not null primary key, sid text unique, sess json, expired datetime',
    ],
    ['a key in other letters', 'SID text primary key, sess json, Expired datetime'],
    ['a unique index', 'sid text, sess json, expired datetime, note text not null default 1'],
  ])('but not one whose session id has %s', async (what, definition) => {
    await knex.raw(`create table ${tableName} (${definition})`.replace('; --)', ''))
    if (what === 'a unique index') await knex.raw(`create unique index one on ${tableName} (sid)`)
    const store = storeOnTable()
    await store.set('a', session(start + hour))
    expect(until(await store.get('a'))).toBe(start + hour)
  })
})

describe('a name of a table and its schema in quotes', () => {
  it.each(['"main"."sessions"', '`main`.`sessions`', '[main].[sessions]', 'main."sessions"'])(
    'says how to write both, and makes no table: %s',
    async (name) => {
      const store = new KnexSessionStore({
        knex,
        dialect: sqlite,
        tableName: name,
        cleanupInterval: 0,
      })
      stores.push(store)
      await expect(store.set('a', session(start + hour))).rejects.toMatchObject({
        code: 'ERR_TABLE_MISSING',
        message: expect.stringContaining(
          "write `schemaName: 'main', tableName: 'sessions'`",
        ) as string,
      })
      expect(await knex('sqlite_master').select('name')).toEqual([])
    },
  )

  it('is taken for the table of that name where there is one', async () => {
    await knex.raw('create table "[a].[b]" (sid text primary key, sess text, expired text)')
    const store = new KnexSessionStore({
      knex,
      dialect: sqlite,
      tableName: '[a].[b]',
      cleanupInterval: 0,
    })
    stores.push(store)
    await store.set('a', session(Date.now() + hour))
    expect(await store.get('a')).not.toBeNull()
  })
})

describe('the schema of temporary tables', () => {
  it.each(['temp', 'TEMP'])('is refused, by the name of the option: %s', async (schemaName) => {
    const store = new KnexSessionStore({ knex, dialect: sqlite, schemaName, cleanupInterval: 0 })
    stores.push(store)
    await expect(store.ready).rejects.toThrow(
      `\`schemaName: '${schemaName}'\` makes a temporary table`,
    )
  })
})

describe('settings of the application change nothing', () => {
  it.each(['full_column_names = on', 'short_column_names = off'])('%s', async (setting) => {
    await knex.raw('pragma short_column_names = off')
    await knex.raw(`pragma ${setting}`)
    await tableOf(`${key}, sess json not null, expired datetime not null`, { old: iso(start - 1) })
    const store = storeOnTable()
    await store.ready
    await Promise.all(['a', 'b'].map((sid) => store.set(sid, session(start + hour, sid))))
    await Promise.all(['a', 'b'].map((sid) => store.touch(sid, session(start + 2 * hour))))
    const found = await Promise.all(['a', 'b', 'old'].map((sid) => store.get(sid)))
    expect(found).toMatchObject([{ of: 'a' }, { of: 'b' }, null].map((each) => each as object))
    expect(await store.length()).toBe(2)
    expect(await store.all()).toHaveLength(2)
    expect(await store.prune()).toBe(1)
    expect(await Promise.all(['a', 'nobody'].map((sid) => store.destroy(sid)))).toEqual([1, 0])
    expect(await store.clear()).toBe(1)
  })
})

describe('a view', () => {
  it.each(['main', undefined])(
    'is refused, and not advised to be indexed: %s',
    async (schemaName) => {
      await knex.raw(`create table base (${key}, sess json, expired datetime)`)
      await knex.raw(`create view ${tableName} as select * from base`)
      const store = new KnexSessionStore({
        ...{ knex, dialect: sqlite, tableName, cleanupInterval: 0 },
        ...(schemaName === undefined ? {} : { schemaName }),
      })
      stores.push(store)
      const reported = await store.ready.then(String, String)
      expect(reported).toMatch(`'${tableName}' is a view`)
      expect(reported).not.toMatch('create')
    },
  )
})
