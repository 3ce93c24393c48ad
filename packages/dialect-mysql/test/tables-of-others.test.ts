import { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import { adapter } from '../src/adapter.js'
import { connectBy, connectCarelesslyBy } from './connection.js'
import {
  closeOthers,
  knex,
  made,
  opened,
  session,
  start,
  storeOn,
  table,
  withKey,
} from './others.js'

afterAll(closeOthers)

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
