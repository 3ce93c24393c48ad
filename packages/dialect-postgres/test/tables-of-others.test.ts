import { randomUUID } from 'node:crypto'
import { KnexSessionStore } from '@knex-session/core'
import { sessionTable, toEpochMs, type SessionTable } from '@knex-session/core/dialect'
import createKnex, { type Knex } from 'knex'
import { postgres } from '../src/index.js'
import { connect } from './connection.js'
import { hour, onTable, sessionFor, tableName, type Types } from './others.js'

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

  it.each<readonly [string, Types, string]>([
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
