import { randomUUID } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import { sessionTable, toEpochMs, type SessionTable } from '@knex-session/core/dialect'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { postgres } from '../src/index.js'
import { connect } from './connection.js'

const hour = 3_600_000
const tableName = `of_others_${String(process.pid)}`

const sessionFor = (ms: number): SessionData =>
  ({
    cookie: { originalMaxAge: hour, expires: new Date(Date.now() + ms).toISOString() },
    of: ms,
  }) as unknown as SessionData

const columns = {
  sid: 'varchar(255) primary key',
  sess: 'json not null',
  expired: 'timestamptz not null',
}

/** Works on a table with such columns, on connections in a time zone. */
async function onTable(
  types: Partial<typeof columns> & { readonly more?: string },
  work: (store: KnexSessionStore, knex: Knex) => Promise<void>,
  utcOffset = '+00:00',
): Promise<void> {
  const knex = connect({ connections: 4, utcOffset })
  const { more, ...all } = { ...columns, ...types }
  const definitions = Object.entries(all).map(([name, type]) => `${name} ${type}`)
  await knex.raw(
    `create table ${tableName} (${[...definitions, ...(more === undefined ? [] : [more])].join(', ')})`,
  )
  await knex.raw(`create index on ${tableName} (expired)`)
  const store = new KnexSessionStore({
    knex,
    dialect: postgres,
    tableName,
    cleanupInterval: 0,
    createTable: false,
    touchInterval: 0,
  })
  try {
    await work(store, knex)
  } finally {
    await store.close()
    await knex.raw(`drop table ${tableName}`)
    await knex.destroy()
  }
}

describe('a table whose expiries have no time zone', () => {
  it.each(['+05:30', '-08:00', '+00:00'])(
    'holds UTC, whatever the time zone of the session, here %s',
    async (utcOffset) => {
      const work = async (store: KnexSessionStore, knex: Knex) => {
        const sids = Array.from({ length: 160 }, (_, index) => `sid ${String(index)}`)
        await store.set('one', sessionFor(hour))
        await Promise.all(sids.map((sid) => store.set(sid, sessionFor(-hour / 60))))
        await Promise.all(['a', 'b'].map((sid) => store.set(sid, sessionFor(hour))))
        await Promise.all(['a', 'b', 'one'].map((sid) => store.touch(sid, sessionFor(2 * hour))))
        expect(await store.length()).toBe(3)
        expect(await store.prune()).toBe(160)
        expect(
          (await Promise.all(['a', 'b', 'one'].map((sid) => store.get(sid)))).every(
            (found) => found !== null,
          ),
        ).toBe(true)
        const { rows } = await knex.raw<{ rows: { ms: number }[] }>(
          `select date_part('epoch', expired) * 1000 as ms from ${tableName}`,
        )
        for (const { ms } of rows) expect(Math.abs(ms - Date.now() - 2 * hour)).toBeLessThan(60_000)
        const names = sessionTable({ tableName })
        const looks =
          postgres.server?.inspect
            ?.statements(names)
            .map(({ sql, bindings }) => knex.raw<unknown>(sql, bindings as string[])) ?? []
        const found = postgres.server?.inspect?.answer(
          await Promise.all(looks),
          names,
        ) as SessionTable
        const prune = postgres.queries?.prune?.statement(found, toEpochMs(Date.now()), {
          limit: 50,
        })
        const plan = await knex.transaction(async (transaction) => {
          await transaction.raw('set local enable_seqscan = off')
          const result: unknown = await transaction.raw(
            `explain ${String(prune?.sql)}`,
            prune?.bindings as number[],
          )
          return result
        })
        expect(JSON.stringify(plan)).toMatch(
          /Index Scan using \w+_expired_idx.*Index Cond: \(\(?expired <= /,
        )
      }
      await onTable({ expired: 'timestamp not null' }, work, utcOffset)
    },
  )
})

describe('a table whose session ids are of the type uuid', () => {
  it('has no session for an id that is no uuid, or is spelled in another way, and refuses to store one', async () => {
    await onTable({ sid: 'uuid primary key' }, async (store) => {
      const ids: string[] = [randomUUID(), randomUUID(), randomUUID()]
      const others = [
        'no uuid at all',
        (ids[0] ?? '').toUpperCase(),
        `{${String(ids[1])}}`,
        'x'.repeat(32),
      ]
      await Promise.all(ids.map((id) => store.set(id, sessionFor(hour))))
      for (const some of [[...ids, ...others], ...others.map((id) => [id])]) {
        const found = await Promise.all(some.map((id) => store.get(id)))
        expect(found.map((each) => each !== null)).toEqual(some.map((id) => ids.includes(id)))
        await Promise.all(some.map((id) => store.touch(id, sessionFor(2 * hour))))
      }
      const sets = await Promise.allSettled(
        [...others, ...ids].map((id) => store.set(id, sessionFor(hour))),
      )
      expect(
        sets.map((each) =>
          each.status === 'rejected' ? (each.reason as { code?: unknown }).code : undefined,
        ),
      ).toEqual([...others.map(() => 'ERR_INVALID_SID'), ...ids.map(() => undefined)])
      expect(await Promise.all([...others, ...ids].map((id) => store.destroy(id)))).toEqual([
        0, 0, 0, 0, 1, 1, 1,
      ])
    })
  })
})

describe('a table of uuid ids', () => {
  it('is gone through page by page, each session once', async () => {
    await onTable({ sid: 'uuid primary key' }, async (store) => {
      const ids = Array.from({ length: 300 }, () => randomUUID())
      await Promise.all(ids.map((id) => store.set(id, sessionFor(hour))))
      const found: string[] = []
      for await (const { sid } of store.entries()) found.push(sid)
      expect(found).toEqual([...ids].sort())
      expect((await store.ids()).sort()).toEqual([...ids].sort())
      expect(await store.destroy(ids)).toBe(300)
    })
  })
})

describe('a batch of uuid ids, one of which waits for a lock', () => {
  it('goes on without it, beside ids that are no uuid', async () => {
    await onTable({ sid: 'uuid primary key' }, async (store, knex) => {
      const [held, ...free]: string[] = Array.from({ length: 8 }, () => randomUUID())
      await Promise.all([held!, ...free].map((id) => store.set(id, sessionFor(hour))))
      const other = await knex.transaction()
      await other.raw(`select from ${tableName} where sid = ? for update`, [held!])
      const order: string[] = []
      const ended = (id: string, call: Promise<unknown>) => call.then(() => order.push(id))
      const waiting = ended('held', store.touch(held!, sessionFor(2 * hour)))
      const touches = [held!, 'no uuid at all', ...free, 'nor this'].map((id) =>
        id === held
          ? ended('held', store.set(id, sessionFor(hour)))
          : ended('free', store.touch(id, sessionFor(2 * hour))),
      )
      try {
        await Promise.all(touches.slice(1))
        expect(order).toEqual(Array(9).fill('free'))
      } finally {
        await other.rollback()
        await Promise.allSettled([waiting, ...touches])
      }
      await Promise.all([waiting, ...touches])
    })
  })
})

describe('a column of a domain', () => {
  const knex = connect({ connections: 1 })
  const domain = `domain_${String(process.pid)}`
  const domains = [
    ['local', 'timestamp'],
    ['nested', `${domain}_local not null`],
    ['number', 'bigint'],
    ['padded', 'char(64)'],
    ['short', 'varchar(50)'],
    ['id', 'uuid'],
    ['text', 'varchar(255)'],
  ] as const

  beforeAll(async () => {
    for (const [name, type] of domains) await knex.raw(`create domain ${domain}_${name} as ${type}`)
  })
  afterAll(async () => {
    for (const [name] of [...domains].reverse()) await knex.raw(`drop domain ${domain}_${name}`)
    await knex.destroy()
  })

  it.each(['local', 'nested'])(
    'is read and written as one of the type that it is over: %s, in every time zone',
    async (name) => {
      for (const utcOffset of ['+05:30', '-08:00'])
        await onTable(
          { expired: `${domain}_${name}` },
          async (store, knex) => {
            await store.set('a', sessionFor(hour))
            expect(await store.get('a')).toMatchObject({ of: hour })
            const { rows } = await knex.raw<{ rows: { ms: number }[] }>(
              `select date_part('epoch', expired) * 1000 as ms from ${tableName}`,
            )
            expect(Math.abs(Number(rows[0]?.ms) - Date.now() - hour)).toBeLessThan(60_000)
          },
          utcOffset,
        )
    },
  )

  it('holds ids as the type that it is over', async () => {
    const id = randomUUID()
    for (const name of ['id', 'text'])
      await onTable({ sid: `${domain}_${name} primary key` }, async (store) => {
        await store.set(id, sessionFor(hour))
        await store.touch(id, sessionFor(2 * hour))
        expect(await store.get(id)).toMatchObject({ of: hour })
        expect(await store.get('no uuid')).toBeNull()
        expect(await store.destroy(id)).toBe(1)
      })
  })

  it.each([
    ['expired', 'number', 'it has to be timestamptz'],
    ['sid', 'padded', 'it has to be varchar(255)'],
    ['sess', 'short', 'holds 50 characters'],
  ])('is refused as one of the type that it is over: %s, %s', async (column, name, says) => {
    const type = `${domain}_${name}${column === 'sid' ? ' primary key' : ''}`
    await onTable({ [column]: type }, async (store) => {
      await expect(store.ready).rejects.toThrow(says)
    })
  })
})

describe('settings of the application', () => {
  it('change no expiry: extra_float_digits', async () => {
    await onTable({}, async (_, knex) => {
      const { connectionSettings } = knex.client as { connectionSettings: object }
      const own = createKnex({
        client: 'pg',
        connection: { ...connectionSettings, options: '-c extra_float_digits=-15' },
        pool: { min: 0, max: 1 },
      })
      const store = new KnexSessionStore({
        knex: own,
        dialect: postgres,
        tableName,
        cleanupInterval: 0,
      })
      const session = sessionFor(hour)
      await store.set('a', session)
      const { cookie } = (await store.get('a')) ?? {}
      expect(new Date(String(cookie?.expires)).getTime()).toBe(
        new Date(String(session.cookie.expires)).getTime(),
      )
      await knex.raw(`update ${tableName} set expired = 'infinity'`)
      expect(await store.get('a')).toMatchObject({ of: hour })
      await store.close()
      await own.destroy()
    })
  })
})

describe('a schema of temporary tables', () => {
  it.each(['pg_temp', 'pg_temp_3'])(
    'is refused, by the name of the option: %s',
    async (schemaName) => {
      const knex = connect({ connections: 1 })
      const store = new KnexSessionStore({
        knex,
        dialect: postgres,
        schemaName,
        cleanupInterval: 0,
      })
      await expect(store.ready).rejects.toThrow(
        `\`schemaName: '${schemaName}'\` makes a temporary table`,
      )
      await store.close()
      await knex.destroy()
    },
  )
})

describe('a table that no store can work on is refused by an error that says what to do', () => {
  const ofTypes = async (statement: string) => {
    const knex = connect({ connections: 1 })
    await knex.raw(statement)
    await knex.destroy()
  }
  beforeAll(() =>
    ofTypes(`create type colour_like as enum ('a', 'b'); create type hstore_like as (a text)`),
  )
  afterAll(() => ofTypes('drop type colour_like, hstore_like'))

  it.each<readonly [string, Parameters<typeof onTable>[0], string]>([
    ['no key', { sid: 'varchar(255)' }, 'add primary key ("sid")'],
    [
      'a key of two columns',
      { sid: 'varchar(255)', more: 'n int default 1, unique (sid, n)' },
      'add primary key ("sid")',
    ],
    [
      'a key that is checked late',
      { sid: 'varchar(255) primary key deferrable' },
      ', add primary key ("sid")',
    ],
    [
      'a key that is checked at the end',
      { sid: 'varchar(255) unique deferrable initially deferred' },
      ', add unique ("sid")',
    ],
    [
      'such a key beside another',
      { more: 'constraint "Late" unique (sid) deferrable' },
      'drop constraint "Late", add unique ("sid")',
    ],
    ['sessions that are bytes', { sess: 'bytea not null' }, 'it has to be json'],
    ['expiries that are numbers', { expired: 'bigint' }, "the column 'expired' of the table"],
    ['expiries that are dates', { expired: 'date' }, 'it has to be timestamptz'],
    ...['interval', 'tstzrange', 'money', 'boolean', 'timestamptz[]', 'uuid', 'bytea'].map(
      (type) =>
        ['expiries that are no times', { expired: type }, 'it has to be timestamptz'] as const,
    ),
    ...['xml', 'json[]', 'date', 'hstore_like'].map(
      (type) => ['sessions that are no text', { sess: type }, 'it has to be json'] as const,
    ),
    ...['"char"', 'oid', 'inet', 'real', 'date', 'colour_like', 'text[]'].map(
      (type) =>
        [
          'ids that are no text',
          { sid: `${type} primary key` },
          'which the store cannot work with: it has to be varchar(255)',
        ] as const,
    ),
    ['ids that are bytes', { sid: 'bytea primary key' }, 'it has to be varchar(255)'],
    ['ids that are cut', { sid: 'name primary key' }, 'it has to be varchar(255)'],
    [
      'ids that are padded',
      { sid: 'char(64) primary key' },
      'is of the type character(64), which the store cannot work with: it has to be varchar(255)',
    ],
    [
      'sessions that are cut',
      { sess: 'varchar(50) not null' },
      'holds 50 characters, too few for a session; make it longer: alter table',
    ],
    ['sessions that are padded', { sess: 'char(399) not null' }, 'alter column "sess" type text'],
    [
      'a further column that must be given',
      { more: 'tenant int not null' },
      "the column 'tenant' of the table",
    ],
  ])('%s %j', async (_what, types, says) => {
    await onTable(types, async (store) => {
      await expect(store.ready).rejects.toThrow(says)
    })
  })

  it('but not one whose sessions have room', async () => {
    for (const sess of ['varchar(400)', 'varchar', 'text', 'jsonb']) {
      await onTable({ sess }, (store) => store.set('a', sessionFor(hour)))
    }
  })

  it('but not one with further columns that the database fills, nor with a key that is not the primary one', async () => {
    const more = `id int generated by default as identity primary key, made timestamptz not null default now(), note text`
    await onTable({ sid: 'varchar(255) not null unique', more }, async (store) => {
      await store.set('a', sessionFor(hour))
      expect(await store.get('a')).toMatchObject({ of: hour })
    })
  })
})

describe('a column of ids that is too short', () => {
  it.each(['varchar(20) primary key', 'varchar(20) unique'])(
    'is named by the error of the call, with the length that it has to have: %s',
    async (sid) => {
      await onTable({ sid }, async (store) => {
        await store.set('short', sessionFor(hour))
        for (const ids of [['x'.repeat(32)], ['y'.repeat(32), 'z'.repeat(40)]]) {
          const sets = await Promise.allSettled(ids.map((id) => store.set(id, sessionFor(hour))))
          for (const set of sets)
            expect(set).toMatchObject({
              reason: {
                code: 'ERR_INVALID_SID',
                message: expect.stringMatching(/the column 'sid'.*room for 255/) as string,
              },
            })
        }
        expect(await store.get('x'.repeat(32))).toBeNull()
        expect(await store.get('short')).not.toBeNull()
      })
    },
  )

  it('is not blamed for a session that is too long', async () => {
    await onTable({ sid: 'varchar(40) primary key', sess: 'varchar(400)' }, async (store) => {
      const long = { ...sessionFor(hour), more: 'x'.repeat(400) }
      await expect(store.set('a', long)).rejects.toMatchObject({ code: 'ERR_DATABASE' })
    })
  })
})

describe('a view', () => {
  it('works if rows can be written through it, and is refused if it holds a copy', async () => {
    const knex = connect({ connections: 1 })
    const base = `base_${randomUUID().slice(0, 8)}`
    await knex.raw(
      `create table ${base} (sid varchar(255) primary key, sess json not null, expired timestamptz not null)`,
    )
    await knex.raw(`create view ${base}_v as select * from ${base}`)
    await knex.raw(`create materialized view ${base}_m as select * from ${base}`)
    const open = (tableName: string) =>
      new KnexSessionStore({ knex, dialect: postgres, tableName, cleanupInterval: 0 })
    const [view, copy] = [open(`${base}_v`), open(`${base}_m`)]
    try {
      await view.set('a', sessionFor(hour))
      expect(await view.destroy('a')).toBe(1)
      await expect(copy.ready).rejects.toThrow(`'${base}_m' is a materialized view`)
    } finally {
      await view.close()
      await copy.close()
      await knex.raw(`drop table ${base} cascade`)
      await knex.destroy()
    }
  })
})
