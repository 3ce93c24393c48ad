import { defineDialect } from '@knex-session/core/dialect'
import { sqlite } from '../src/index.js'
import {
  clock,
  hour,
  iso,
  key,
  knex,
  session,
  spaced,
  start,
  storeOnTable,
  tableName,
  tableOf,
  until,
  write,
} from './others.js'

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
    clock.now = start + 4 * hour
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
    clock.now = start + 2 * hour
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
