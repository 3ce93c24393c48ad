import { KnexSessionStore } from '@knex-session/core'
import { sessionTable, toEpochMs, type SessionTable } from '@knex-session/core/dialect'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { adapter } from '../src/adapter.js'
import { connectBy, connectCarelesslyBy } from './connection.js'

const start = Date.UTC(2026, 0, 31, 12)
const session = (until: number, of: string) =>
  ({ cookie: { expires: new Date(until).toISOString() }, of }) as unknown as SessionData
const until = (read: SessionData | null | undefined) =>
  read ? Date.parse(String(read.cookie.expires)) : NaN

const columns =
  'sid varchar(255) character set utf8mb4 collate utf8mb4_bin not null, sess json not null, expired datetime(3) not null'
const withKey = (keys: string) => `(${columns}, index by_expiry (expired), ${keys})`

const knex = connectBy('mysql2')({ connections: 4 })
let tables = 0
const made: string[] = []
const opened: KnexSessionStore[] = []

async function table(definition: string): Promise<string> {
  const name = `others_${String(process.pid)}_${String(++tables)}`
  made.push(name)
  await knex.raw(`create table \`${name}\` ${definition} engine = InnoDB`)
  return name
}

function storeOn(
  tableName: string,
  options: { readonly knex?: Knex; readonly clock?: () => number } = {},
): KnexSessionStore {
  const store = new KnexSessionStore({
    knex,
    dialect: adapter,
    tableName,
    createTable: false,
    cleanupInterval: 0,
    clock: () => start,
    ...options,
  })
  opened.push(store)
  return store
}

afterAll(async () => {
  await Promise.all(opened.map((store) => store.close()))
  for (const name of made) await knex.schema.dropTableIfExists(name)
  await knex.destroy()
})

const range = (count: number) => Array.from({ length: count }, (_, index) => `sid-${String(index)}`)

/** Every statement on rows by their ids, of several, with how the server goes about it. */
async function plansOn(tableName: string): Promise<readonly string[]> {
  const [[server]] = (await knex.raw('select version() as version')) as [[{ version: string }]]
  const explain = /mariadb/i.test(server.version) ? 'explain' : 'explain format = traditional'
  const own = connectBy('mysql2')({ connections: 1 })
  const sent: { readonly sql: string; readonly bindings: readonly Knex.RawBinding[] }[] = []
  const store = storeOn(tableName, { knex: own })
  await store.ready
  own.on('query', (query: (typeof sent)[number]) => sent.push(query))
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
  for (const { sql: sent, bindings } of statements) {
    // What follows is not planned otherwise for how long it waits for locks, and `explain` stands
    // before it.
    const sql = sent.replace(/^\/\*M!\d+ set statement .*? for \*\/ /, '')
    const [[plan]] = (await knex.raw(`${explain} ${sql}`, bindings)) as [
      [{ type: string; rows: number }],
    ]
    plans.push(`${sql.split(' ')[0] ?? ''} ${plan.type} ${String(plan.rows <= 16)}`)
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

describe('a table whose sessions have little room', () => {
  it.each(['varchar(50)', 'char(200)', 'varchar(399)', 'tinytext', 'varbinary(100)'])(
    'is refused, with what to do: %s',
    async (type) => {
      const store = storeOn(
        await table(withKey('primary key (sid)').replace('sess json', `sess ${type}`)),
      )
      await expect(store.ready).rejects.toThrow(
        `'sess' of the table '${made.at(-1)!}' is of the type ${type}, which is too short for a session`,
      )
      const [, advice = ''] =
        /make it longer: (.*)/.exec(await store.ready.then(String, String)) ?? []
      await knex.raw(advice)
      await store.set('a', session(start + 1_000, 'é'.repeat(500)))
      expect(await store.get('a')).toMatchObject({ of: 'é'.repeat(500) })
    },
  )

  it.each(['varchar(400)', 'text', 'json'])('is not refused if it is enough: %s', async (type) => {
    const store = storeOn(
      await table(withKey('primary key (sid)').replace('sess json', `sess ${type}`)),
    )
    await store.ready
    await store.set('a', session(start + 1_000, 'a'))
    expect(await store.get('a')).toMatchObject({ of: 'a' })
  })
})

describe('a table whose sessions the server would cut without a word', () => {
  let lax: Knex
  const on = async (type: string) =>
    storeOn(await table(withKey('primary key (sid)').replace('sess json', `sess ${type}`)), {
      knex: lax,
    })

  beforeAll(() => (lax = connectCarelesslyBy('mysql2')({ connections: 1 })))
  afterAll(() => lax.destroy())

  it.each(['text', 'varchar(400)', 'varchar(16000)', 'blob'])(
    'is refused, with what to do: %s',
    async (type) => {
      const store = await on(type)
      await expect(store.ready).rejects.toThrow(
        `'sess' of the table '${made.at(-1)!}' is of the type ${type}, and the server cuts a session that is longer`,
      )
      const [, advice = ''] = /: (alter .*)/.exec(await store.ready.then(String, String)) ?? []
      await knex.raw(advice)
      await store.set('a', session(start + 1_000, 'x'.repeat(80_000)))
      expect(await store.get('a')).toMatchObject({ of: 'x'.repeat(80_000) })
    },
  )

  it.each(['json', 'longtext'])('is not refused if it has room for any: %s', async (type) => {
    const store = await on(type)
    await store.set('a', session(start + 1_000, 'x'.repeat(80_000)))
    expect(await store.get('a')).toMatchObject({ of: 'x'.repeat(80_000) })
  })

  it('is refused if its expiries would be cut', async () => {
    const definition = withKey('primary key (sid)').replace('datetime(3)', 'varchar(22)')
    await expect(storeOn(await table(definition), { knex: lax }).ready).rejects.toThrow(
      'is of the type varchar(22), which does not hold the time at which a session ends',
    )
  })
})

describe('a table whose session ids are bytes', () => {
  it.each([
    'varbinary(255)',
    'binary(64)',
    'varchar(255) character set binary',
    'blob',
    'tinyblob',
  ])('is refused, with what to do: %s', async (type) => {
    const length = type.endsWith('blob') ? '(64)' : ''
    const definition = `(sid ${type} not null, sess json not null, expired datetime(3) not null, unique key (sid${length}))`
    const name = await table(definition)
    const store = storeOn(name)
    await expect(store.ready).rejects.toThrow(`'sid' of the table '${name}' is of the type `)
    const [, advice = ''] = /: (alter .*)/.exec(await store.ready.then(String, String)) ?? []
    if (length !== '') await knex.raw(`alter table \`${name}\` drop index sid`)
    await knex.raw(advice)
    if (length !== '') await knex.raw(`alter table \`${name}\` add primary key (sid)`)
    await store.set('a', session(start + 1_000, 'a'))
    expect(await store.get('a')).toMatchObject({ of: 'a' })
  })
})

describe('a table whose session ids are no text', () => {
  it.each(['int', 'bigint', 'decimal(20,5)', 'double', 'date', "enum('a','b')", 'bit(8)', 'year'])(
    'is refused, with what to do: %s',
    async (type) => {
      const name = await table(
        `(sid ${type} not null primary key, sess json not null, expired datetime(3) not null)`,
      )
      await expect(storeOn(name).ready).rejects.toThrow(
        /'sid' of the table .* which changes ids.*modify `sid` varchar\(255\)/,
      )
    },
  )

  it('is not refused for the type uuid of MariaDB, and an id that is no uuid fails with an error that says so', async () => {
    const [[server]] = (await knex.raw('select version() as version')) as [[{ version: string }]]
    const type = /mariadb/i.test(server.version) ? 'uuid' : 'char(36)'
    const name = await table(
      `(sid ${type} not null primary key, sess json not null, expired datetime(3) not null)`,
    )
    const store = storeOn(name)
    const id = '7b0e1f9a-5b1c-4d3e-8f00-1234567890ab'
    await store.set(id, session(start + 1_000, 'a'))
    expect(await store.get(id)).toMatchObject({ of: 'a' })
    expect(await store.get('x'.repeat(40))).toBeNull()
    const sets = [['x'.repeat(40)], ['y'.repeat(40), 'z'.repeat(41)]].flat()
    for (const set of await Promise.allSettled(
      sets.map((sid) => store.set(sid, session(start + 1_000, 'a'))),
    ))
      expect(set).toMatchObject({
        reason: {
          code: 'ERR_INVALID_SID',
          message: expect.stringMatching(/the column 'sid'.*uuid/) as string,
        },
      })
  })

  it('is refused if its sessions are numbers', async () => {
    const name = await table(
      '(sid varchar(255) not null primary key, sess int not null, expired datetime(3) not null)',
    )
    await expect(storeOn(name).ready).rejects.toThrow(/'sess' of the table .* is of the type int/)
  })
})

describe('a column of ids that is too short', () => {
  it('is named by the error of the call, with the length that it has to have', async () => {
    const name = await table(
      '(sid varchar(20) character set utf8mb4 collate utf8mb4_bin primary key, sess json not null, expired datetime(3) not null)',
    )
    const store = storeOn(name)
    await store.set('short', session(start + 1_000, 'a'))
    expect(await store.get('short')).not.toBeNull()
    for (const set of await Promise.allSettled(
      ['x'.repeat(32), 'y'.repeat(33)].map((sid) => store.set(sid, session(start + 1_000, 'a'))),
    ))
      expect(set).toMatchObject({
        reason: {
          code: 'ERR_INVALID_SID',
          message: expect.stringMatching(/the column 'sid'.*room for 255/) as string,
        },
      })
  })
})

describe('a table with a further column', () => {
  const further = (definition: string) => withKey(`\`a\`\`b\` ${definition}, primary key (sid)`)

  it.each([
    'int not null',
    'varchar(9) not null',
    'datetime(3) not null default current_timestamp(3), other text not null',
  ])('that must be given is refused, with what to do: %s', async (definition) => {
    const store = storeOn(await table(further(definition)))
    await expect(store.ready).rejects.toMatchObject({
      code: 'ERR_DATABASE',
      message: expect.stringContaining('has no default') as unknown,
    })
    const [, advice = ''] = /default, or: (.*)/.exec(await store.ready.then(String, String)) ?? []
    await knex.raw(advice)
    await store.set('a', session(start + 1_000, 'a'))
    expect(await store.get('a')).toMatchObject({ of: 'a' })
  })

  it('that must be given and is the primary key is refused without the advice to let it be null', async () => {
    const store = storeOn(
      await table(withKey('id char(36) not null primary key, unique key (sid)')),
    )
    await expect(store.ready).rejects.toThrow(/'id' of the table .* give it a default\nSee /)
  })

  it.each([
    'int',
    "varchar(9) not null default ''",
    'timestamp not null default current_timestamp',
    'int not null default (1 + 1)',
    'int not null auto_increment, key (`a``b`)',
    'int as (1 + 1) stored',
    "enum('x', 'y') not null",
  ])('that need not be given serves: %s', async (definition) => {
    const store = storeOn(await table(further(definition)))
    await store.set('a', session(start + 1_000, 'a'))
    expect(await store.get('a')).toMatchObject({ of: 'a' })
  })

  it('that must be given serves if the server fills it in', async () => {
    const lax = connectBy('mysql2')({ connections: 1 })
    await lax.raw("set session sql_mode = ''")
    const store = storeOn(await table(further('int not null')), { knex: lax })
    await store.set('a', session(start + 1_000, 'a'))
    expect(await store.get('a')).toMatchObject({ of: 'a' })
    await lax.destroy()
  })
})

describe('a view', () => {
  it('is refused, whatever its columns, and not advised to be altered', async () => {
    const name = await table(withKey('primary key (sid)').replace('sess json', 'sess tinytext'))
    for (const schemaName of [
      undefined,
      new URL(process.env['MYSQL_URL'] ?? '').pathname.slice(1),
    ]) {
      const view = `${name}_view`
      await knex.raw(`create view \`${view}\` as select * from \`${name}\``)
      try {
        const store = new KnexSessionStore({
          ...{ knex, dialect: adapter, cleanupInterval: 0, tableName: view },
          ...(schemaName === undefined ? {} : { schemaName }),
        })
        opened.push(store)
        const reported = await store.ready.then(String, String)
        expect(reported).toMatch(`'${view}' is a view`)
        expect(reported).not.toMatch('alter')
      } finally {
        await knex.raw(`drop view \`${view}\``)
      }
    }
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

describe('a column for the expiry of another type', () => {
  it.each(['bigint', 'smallint', 'date', 'double'])(
    'is refused, by an error that names it: %s',
    async (type) => {
      const store = storeOn(await table(withKey('primary key (sid)').replace('datetime(3)', type)))
      await expect(store.ready).rejects.toThrow(
        `'expired' of the table '${made.at(-1)!}' is of the type ${type.split(' ')[0]!}`,
      )
    },
  )
})

const zones = ['+05:00', '-09:30', '+00:00']

describe.each(['timestamp', 'timestamp(3)', 'datetime', 'datetime(3)', 'varchar(30)'])(
  'an expiry of the type %s',
  (type) => {
    const instances = zones.map((utcOffset) => connectBy('mysql2')({ connections: 2, utcOffset }))
    let name: string

    afterAll(() => Promise.all(instances.map((each) => each.destroy())))
    beforeEach(
      async () => (name = await table(withKey('primary key (sid)').replace('datetime(3)', type))),
    )

    const stores = (now = start) =>
      instances.map((each) => storeOn(name, { knex: each, clock: () => now }))

    it('is the same by connections in every time zone, and never shifts', async () => {
      const times = range(12).map((_, index) => start + 1_000 + 3_600_000 * index)
      for (const [zone, store] of stores().entries()) {
        await Promise.all(
          times.map((at, index) => store.set(`${String(zone)}-${String(index)}`, session(at, 'x'))),
        )
        await store.touch(`${String(zone)}-0`, session((times[0] ?? 0) + 60_000, 'x'))
      }
      for (const store of stores()) {
        for (const zone of zones.keys()) {
          const read = await Promise.all(
            times.map((_, index) => store.get(`${String(zone)}-${String(index)}`)),
          )
          expect(read.map(until)).toEqual([(times[0] ?? 0) + 60_000, ...times.slice(1)])
        }
        expect(await store.all()).toHaveLength(36)
      }
      for (const store of stores(start + 1_500 + 3 * 3_600_000))
        expect(await store.length()).toBe(24)
    })

    it('has a prune delete every expired session and no other', async () => {
      const [first] = stores()
      await Promise.all(
        range(160).map((sid, index) => first!.set(sid, session(start + 1_000 * (index + 1), sid))),
      )
      const later = start + 100_500
      for (const [index, store] of stores(later).entries())
        expect(await store.prune()).toBe(index === 0 ? 100 : 0)
      for (const store of stores(later)) expect(await store.length()).toBe(60)
    })

    it('is kept within what the column holds', async () => {
      const [store] = stores()
      await store!.set('ever', session(Date.UTC(9999, 11, 31), 'ever'))
      expect(until(await store!.get('ever'))).toBeGreaterThanOrEqual(
        Date.UTC(2038, 0, 19, 3, 14, 7),
      )
      await store!.set('never', session(0, 'never'))
      expect(await store!.get('never')).toBeNull()
      expect(await store!.prune()).toBe(1)
    })
  },
)
