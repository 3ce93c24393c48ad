import { KnexSessionStore } from '@knex-session/core'
import { sqlite } from '../src/index.js'
import {
  hour,
  iso,
  key,
  knex,
  session,
  start,
  storeOnTable,
  stores,
  tableName,
  tableOf,
  until,
} from './others.js'

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
