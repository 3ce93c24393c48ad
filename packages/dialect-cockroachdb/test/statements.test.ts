import {
  sessionTable,
  toEpochMs,
  type SessionRow,
  type Statement,
} from '@knex-session/core/dialect'
import { hostile, now, rows, table } from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

const full = sessionTable({ userId: true, onConflict: true })

const { read, insert, update, touch, destroy } = adapter.queries ?? {}

const goldens = (statements: readonly Statement[]) => statements.map(golden).join('\n')

describe('the table', () => {
  it('is made with text, and an index on the expiry that is spread by a hash', () => {
    expect(goldens(adapter.createTable(table, {}))).toMatchInlineSnapshot(`
      "create table "sessions" ("sid" text primary key, "sess" text not null, "expired" timestamptz not null, index ("expired") using hash)
      []"
    `)
    expect(goldens(adapter.createTable(hostile, {}))).toMatchInlineSnapshot(`
      "create table "auth"."user-sessions" ("SessionId" text primary key, "sess" text not null, "expired" timestamptz not null, index ("expired") using hash)
      []"
    `)
  })

  it('gets the columns of options, users found by an ordinary index', () => {
    expect(goldens(adapter.createTable(full, {}))).toMatchInlineSnapshot(`
      "create table "sessions" ("sid" text primary key, "sess" text not null, "expired" timestamptz not null, "user_id" text, "created_at" timestamptz, "last_seen_at" timestamptz, "version" text, index ("expired") using hash, index ("user_id"))
      []"
    `)
    const added = full.columns.filter(({ nullable }) => nullable === true)
    expect(goldens(adapter.addColumns?.(full, added, {}) ?? [])).toMatchInlineSnapshot(`
      "alter table "sessions" add column "user_id" text, add column "created_at" timestamptz, add column "last_seen_at" timestamptz, add column "version" text
      []
      create index on "sessions" ("user_id")
      []"
    `)
  })
})

/** The statement for one row and for several, of which there is one text. */
const oneAndMany = (make: (some: readonly SessionRow[]) => Statement): string => {
  expect(make(rows).sql).toBe(make(rows.slice(0, 2)).sql)
  return goldens([make(rows.slice(0, 1)), make(rows)])
}
const sidsOf = (some: readonly SessionRow[]) => some.map(({ sid }) => sid)

describe('statements, for one session and for several', () => {
  it('upsert', () => {
    expect(oneAndMany((some) => adapter.upsert(table, some))).toMatchInlineSnapshot(`
      "insert into "sessions" as t ("sid", "sess", "expired")
      values ($1, $2, to_timestamp($3::float8 / 1000))
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text <> excluded."sid"::text then to_timestamp(ln(-length(t."sid"::text)::decimal)::float8 / 1000) else excluded."expired" end
      [ 'a', '{"n":0}', 1769860800678 ]
      insert into "sessions" as t ("sid", "sess", "expired") select v."sid", v."sess", to_timestamp(v."expired"::float8 / 1000)
      from unnest($1::text[], $2::text[], $3::float8[]) as v("sid", "sess", "expired")
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text <> excluded."sid"::text then to_timestamp(ln(-length(t."sid"::text)::decimal)::float8 / 1000) else excluded."expired" end
      [ [ 'a', 'b', 'c' ], [ '{"n":0}', '{"n":1}', '{"n":2}' ], [ 1769860800678, 1769860800679, 1769860800680 ] ]"
    `)
    expect(golden(adapter.upsert(hostile, rows.slice(0, 1)))).toMatchInlineSnapshot(`
      "insert into "auth"."user-sessions" as t ("SessionId", "sess", "expired")
      values ($1, $2, to_timestamp($3::float8 / 1000))
      on conflict ("SessionId") do update
      set "sess" = excluded."sess", "expired" = case when t."SessionId"::text <> excluded."SessionId"::text then to_timestamp(ln(-length(t."SessionId"::text)::decimal)::float8 / 1000) else excluded."expired" end
      [ 'a', '{"n":0}', 1769860800678 ]"
    `)
  })

  it('insert, over a row that has expired', () => {
    expect(oneAndMany((some) => insert!.statement(table, some, now))).toMatchInlineSnapshot(`
      "insert into "sessions" as t ("sid", "sess", "expired")
      values ($1, $2, to_timestamp($3::float8 / 1000))
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text <> excluded."sid"::text or t."expired" > to_timestamp($4::float8 / 1000) then to_timestamp(ln(-length(t."sid"::text)::decimal)::float8 / 1000) else excluded."expired" end
      [ 'a', '{"n":0}', 1769860800678, 1769860800678 ]
      insert into "sessions" as t ("sid", "sess", "expired") select v."sid", v."sess", to_timestamp(v."expired"::float8 / 1000)
      from unnest($1::text[], $2::text[], $3::float8[]) as v("sid", "sess", "expired")
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text <> excluded."sid"::text or t."expired" > to_timestamp($4::float8 / 1000) then to_timestamp(ln(-length(t."sid"::text)::decimal)::float8 / 1000) else excluded."expired" end
      [
        [ 'a', 'b', 'c' ],
        [ '{"n":0}', '{"n":1}', '{"n":2}' ],
        [ 1769860800678, 1769860800679, 1769860800680 ],
        1769860800678
      ]"
    `)
  })

  it('update', () => {
    expect(oneAndMany((some) => update!.statement(table, some))).toMatchInlineSnapshot(`
      "update "sessions" as t
      set "sess" = $1, "expired" = to_timestamp($2::float8 / 1000)
      where t."sid" = $3 and t."sid"::text = $4
      [ '{"n":0}', 1769860800678, 'a', 'a' ]
      update "sessions" as t
      set "sess" = v."sess", "expired" = to_timestamp(v."expired"::float8 / 1000)
      from unnest($1::text[], $2::text[], $3::float8[]) as v("knex_session_sid", "sess", "expired")
      where t."sid" = v."knex_session_sid" and t."sid"::text = v."knex_session_sid"
      [ [ 'a', 'b', 'c' ], [ '{"n":0}', '{"n":1}', '{"n":2}' ], [ 1769860800678, 1769860800679, 1769860800680 ] ]"
    `)
  })

  it('update the version that was loaded', () => {
    const version = '1'.repeat(32)
    const versioned = (some: readonly SessionRow[]) =>
      some.map((row) => ({ ...row, userId: null, version }))
    expect(oneAndMany((some) => update!.statement(full, versioned(some)))).toMatchInlineSnapshot(`
      "update "sessions" as t
      set "sess" = $1, "expired" = to_timestamp($2::float8 / 1000), "user_id" = $3, "last_seen_at" = to_timestamp($4::float8 / 1000), "version" = $5
      where t."sid" = $6 and t."sid"::text = $7 and coalesce(t."version", '0000000000000000') like $8 returning t."sid" as "sid"
      [ '{"n":0}', 1769860800678, null, null, '11111111111111111111111111111111', 'a', 'a', '1111111111111111%' ]
      update "sessions" as t
      set "sess" = v."sess", "expired" = to_timestamp(v."expired"::float8 / 1000), "user_id" = v."user_id", "last_seen_at" = to_timestamp(v."last_seen_at"::float8 / 1000), "version" = v."version"
      from unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::float8[], $6::text[]) as v("knex_session_sid", "sess", "expired", "user_id", "last_seen_at", "version")
      where t."sid" = v."knex_session_sid" and t."sid"::text = v."knex_session_sid" and coalesce(t."version", '0000000000000000') like substr(v."version", 17, 16) || '%' returning t."sid" as "sid"
      [
        [ 'a', 'b', 'c' ],
        [ '{"n":0}', '{"n":1}', '{"n":2}' ],
        [ 1769860800678, 1769860800679, 1769860800680 ],
        [ null, null, null ],
        [ null, null, null ],
        [
          '11111111111111111111111111111111',
          '11111111111111111111111111111111',
          '11111111111111111111111111111111'
        ]
      ]"
    `)
  })

  it('touch, durable or not', () => {
    const touches = [true, false].map((durable) =>
      oneAndMany((some) => touch!.statement(table, some, now, { durable })),
    )
    expect(touches[0]).toBe(touches[1])
    expect(touches[0]).toMatchInlineSnapshot(`
      "update "sessions" as t
      set "expired" = to_timestamp($1::float8 / 1000)
      where t."sid" = $2 and t."sid"::text = $3 and t."expired" > to_timestamp($4::float8 / 1000)
      [ 1769860800678, 'a', 'a', 1769860800678 ]
      update "sessions" as t
      set "expired" = to_timestamp(v."expired"::float8 / 1000)
      from unnest($1::text[], $2::float8[]) as v("knex_session_sid", "expired")
      where t."sid" = v."knex_session_sid" and t."sid"::text = v."knex_session_sid" and t."expired" > to_timestamp($3::float8 / 1000)
      [ [ 'a', 'b', 'c' ], [ 1769860800678, 1769860800679, 1769860800680 ], 1769860800678 ]"
    `)
  })

  it('read', () => {
    expect(oneAndMany((some) => read!.statement(table, sidsOf(some), now))).toMatchInlineSnapshot(`
      "select "sid" as "sid", "sess"::text as "sess", (date_part('epoch', "expired") * 1000)::bigint::text as "expired"
      from "sessions"
      where "sid" = $1 and "expired" > to_timestamp($2::float8 / 1000)
      [ 'a', 1769860800678 ]
      select "sid" as "sid", "sess"::text as "sess", (date_part('epoch', "expired") * 1000)::bigint::text as "expired"
      from "sessions"
      where "sid" = any($1) and "expired" > to_timestamp($2::float8 / 1000)
      [ [ 'a', 'b', 'c' ], 1769860800678 ]"
    `)
  })

  it('destroy', () => {
    expect(oneAndMany((some) => destroy!.statement(table, sidsOf(some)))).toMatchInlineSnapshot(`
      "delete
      from "sessions" as t
      where t."sid" = $1 and t."sid"::text = $2 returning t."sid" as "sid"
      [ 'a', 'a' ]
      delete
      from "sessions" as t
      where t."sid" = any($1) and t."sid"::text = any($2) returning t."sid" as "sid"
      [ [ 'a', 'b', 'c' ], [ 'a', 'b', 'c' ] ]"
    `)
  })

  it('cast sessions where the column was found to be of jsonb', () => {
    const results = [{ rows: [{ name: 'sess', type: 'jsonb' }] }]
    const found = adapter.server!.inspect!.answer(results, table)
    if (typeof found === 'string') throw new Error(found)
    expect(golden(adapter.upsert(found, rows))).toMatchInlineSnapshot(`
      "insert into "sessions" as t ("sid", "sess", "expired") select v."sid", v."sess"::jsonb, to_timestamp(v."expired"::float8 / 1000)
      from unnest($1::text[], $2::text[], $3::float8[]) as v("sid", "sess", "expired")
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text <> excluded."sid"::text then to_timestamp(ln(-length(t."sid"::text)::decimal)::float8 / 1000) else excluded."expired" end
      [ [ 'a', 'b', 'c' ], [ '{"n":0}', '{"n":1}', '{"n":2}' ], [ 1769860800678, 1769860800679, 1769860800680 ] ]"
    `)
  })
})

it('prunes, and looks for locked rows, in the ways of every database', () => {
  expect(adapter.queries).not.toHaveProperty('prune')
  expect(adapter.queries).not.toHaveProperty('skipLocked')
  expect(JSON.stringify(oneAndMany((some) => adapter.upsert(table, some)))).not.toMatch(
    /ctid|xmax|set_config|for update/,
  )
})

it('asks the catalog for the columns', () => {
  expect(goldens(adapter.server!.inspect!.statements(hostile))).toMatchInlineSnapshot(`
    "select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable
    from pg_attribute as a
    where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
    [ '"auth"."user-sessions"' ]"
  `)
})

describe('a point in time', () => {
  it('is bounded by what the server counts in nanoseconds', () => {
    expect(adapter.timestamp.encode(toEpochMs(Date.UTC(9999, 0, 1)))).toBe(Date.UTC(2262, 0, 1) - 1)
    expect(adapter.timestamp.encode(toEpochMs(0))).toBe(0)
  })
})
