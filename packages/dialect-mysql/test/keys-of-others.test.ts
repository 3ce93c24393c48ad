import { sessionTable, toEpochMs, type SessionTable } from '@knex-session/core/dialect'
import type { Knex } from 'knex'
import type { Sent } from '../../dialect-testkit/test/sent-queries.js'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'
import {
  closeOthers,
  columns,
  knex,
  opened,
  range,
  session,
  start,
  storeOn,
  table,
  until,
  withKey,
} from './others.js'
import { planOf } from './plan-of.js'

afterAll(closeOthers)

/** Every statement on rows by their ids, of several, with how the server goes about it. */
async function plansOn(tableName: string): Promise<readonly string[]> {
  const own = connectBy('mysql2')({ connections: 1 })
  const sent: Sent[] = []
  const store = storeOn(tableName, { knex: own })
  await store.ready
  own.on('query', (query: Sent) => sent.push(query))
  await Promise.all(range(16).map((sid) => store.touch(sid, session(start + 2_000, sid))))
  await Promise.all(range(16).map((sid) => store.get(sid)))
  const statements = [...sent]
  const some = range(16)
  const found = await foundTable(tableName)
  const looks = [
    adapter.queries!.skipLocked!.statement(found, some, 'update'),
    adapter.queries!.destroy!.statement(found, some),
    adapter.queries!.destroyExpired!.statement(found, some, toEpochMs(start)),
  ]
  for (const { sql, bindings } of looks)
    statements.push({ sql, bindings: bindings as Knex.RawBinding[] })
  await own.destroy()
  const plans: string[] = []
  for (const statement of statements) {
    const { type, rows } = await planOf(knex, statement)
    const [verb = ''] = /\b(?:select|update|delete)\b/.exec(statement.sql) ?? []
    plans.push(`${verb} ${type} ${String(rows <= 16)}`)
  }
  return plans
}

async function foundTable(tableName: string): Promise<SessionTable> {
  const names = sessionTable({ tableName })
  const results = []
  for (const { sql, bindings } of adapter.server!.inspect!.statements(names)) {
    results.push(await knex.raw<unknown>(sql, bindings as Knex.RawBinding[]))
  }
  return adapter.server!.inspect!.answer(results, names) as SessionTable
}

const keys: readonly (readonly [what: string, keys: string])[] = [
  ['is the primary one', 'primary key (sid)'],
  [
    'is not the primary one',
    'id int not null auto_increment, primary key (id), unique key by_sid (sid)',
  ],
  ['is the only one, and has a hostile name', 'unique key `a``b c"d` (sid)'],
  ['may be null', 'id int not null auto_increment, primary key (id), unique key (sid)'],
  [
    'is beside one over the first characters',
    'id int not null auto_increment, primary key (id), unique key (sid(10)), unique key by_sid (sid)',
  ],
  ['is there twice', 'primary key (sid), unique key again (sid)'],
]

describe.each(keys)('a table whose key of the session id %s', (_, key) => {
  it('serves every call', async () => {
    const store = storeOn(await table(withKey(key)))
    await Promise.all(range(20).map((sid) => store.set(sid, session(start + 1_000, sid))))
    await Promise.all(
      range(20).map((sid) => store.set(sid, session(start + 2_000, `${sid} again`))),
    )
    expect(await store.length()).toBe(20)
    expect(await Promise.all(range(20).map((sid) => store.get(sid)))).toMatchObject(
      range(20).map((sid) => ({ of: `${sid} again` })),
    )
    await Promise.all(range(10).map((sid) => store.touch(sid, session(start + 9_000, sid))))
    expect(until(await store.get('sid-9'))).toBe(start + 9_000)
    expect(await Promise.all([...range(5), 'nobody'].map((sid) => store.destroy(sid)))).toEqual([
      1, 1, 1, 1, 1, 0,
    ])
    expect(
      await storeOn(opened.at(-1)!.options.tableName, { clock: () => start + 5_000 }).prune(),
    ).toBe(10)
    expect(await store.length()).toBe(5)
  })

  it('is looked up by that key, however small the table is', async () => {
    const name = await table(withKey(key))
    const store = storeOn(name)
    await Promise.all(range(20).map((sid) => store.set(sid, session(start + 1_000, sid))))
    for (const plan of await plansOn(name))
      expect(plan).toMatch(/^(?:update|select|delete|insert) range true$/)
  })
})

describe('a table without a key of the session id', () => {
  it.each([
    ['without any', '(' + columns + ')', /add primary key \(`sid`\)/],
    [
      'with one of several columns',
      withKey('tenant int not null default 0, primary key (sid, tenant)'),
      /add unique key \(`sid`\)/,
    ],
    [
      'with an index that is not unique',
      withKey('id int not null auto_increment, primary key (id), index (sid)'),
      /add unique key \(`sid`\)/,
    ],
    [
      'with one over the first characters',
      withKey('id int not null auto_increment, primary key (id), unique key (sid(10))'),
      /add unique key \(`sid`\)/,
    ],
    [
      'with a primary one over the first characters',
      withKey('primary key (sid(10))'),
      /add unique key \(`sid`\)/,
    ],
  ])('is refused, by an error that says what to add: %s', async (_, definition, advice) => {
    const store = storeOn(await table(definition))
    await expect(store.ready).rejects.toMatchObject({
      code: 'ERR_DATABASE',
      message: expect.stringMatching(advice) as unknown,
    })
    await expect(store.set('a', session(start + 1_000, 'a'))).rejects.toMatchObject({
      message: expect.stringMatching(advice) as unknown,
    })
  })

  it('serves as soon as it has one', async () => {
    const name = await table(`(${columns})`)
    const store = storeOn(name)
    await expect(store.get('a')).rejects.toThrow('has no unique key')
    await knex.raw(`alter table \`${name}\` add primary key (sid)`)
    await store.set('a', session(start + 1_000, 'a'))
    expect(await store.get('a')).toMatchObject({ of: 'a' })
  })
})

describe('a table whose key is given another name while it is used', () => {
  it('goes on', async () => {
    const name = await table(
      withKey('id int not null auto_increment, primary key (id), unique key first (sid)'),
    )
    const store = storeOn(name)
    await store.set('a', session(start + 1_000, 'a'))
    await knex.raw(`alter table \`${name}\` add unique key second (sid), drop key first`)
    expect(await store.get('a')).toMatchObject({ of: 'a' })
    expect(await store.destroy('a')).toBe(1)
  })
})
