import { sessionTable } from '@knex-session/core/dialect'
import { hostile, now, rows, table } from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

describe('the table', () => {
  it('is made with plain json, a time with zone and an index on the expiry', () => {
    expect(adapter.createTable(table, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "create table "sessions" ("sid" varchar(255) primary key, "sess" json not null, "expired" timestamptz not null); create index on "sessions" ("expired" asc)
      []"
    `)
  })

  it('takes hostile names', () => {
    expect(adapter.createTable(hostile, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "create table "auth"."user-sessions" ("SessionId" varchar(255) primary key, "sess" json not null, "expired" timestamptz not null); create index on "auth"."user-sessions" ("expired" asc)
      []"
    `)
    expect(golden(adapter.createTable(sessionTable({ tableName: 'or"der' }), {})[0]!))
      .toMatchInlineSnapshot(`
      "create table "or""der" ("sid" varchar(255) primary key, "sess" json not null, "expired" timestamptz not null); create index on "or""der" ("expired" asc)
      []"
    `)
  })
})

describe('an upsert', () => {
  it('writes a row', () => {
    expect(golden(adapter.upsert(table, rows.slice(0, 1)))).toMatchInlineSnapshot(`
      "insert into "sessions" as t ("sid", "expired", "sess")
      values ($1, to_timestamp($2::float8 / 1000), $3::json)
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text collate "C" <> excluded."sid"::text collate "C" then to_timestamp(ln(-length(t."sid"::text)::float8)) else excluded."expired" end
      [ 'a', 1769860800678, '{"n":0}' ]"
    `)
  })

  it('writes several rows, however many, by one text', () => {
    expect(golden(adapter.upsert(table, rows.slice(0, 2)))).toMatchInlineSnapshot(`
      "insert into "sessions" as t ("sid", "expired", "sess") select v."sid", to_timestamp(v."expired" / 1000), v."sess"::json
      from unnest($1::text[], $2::float8[], string_to_array($3, chr(31))) as v("sid", "expired", "sess")
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text collate "C" <> excluded."sid"::text collate "C" then to_timestamp(ln(-length(t."sid"::text)::float8)) else excluded."expired" end
      [ [ 'a', 'b' ], [ 1769860800678, 1769860800679 ], '{"n":0}\\x1F{"n":1}' ]"
    `)
    expect(golden(adapter.upsert(table, rows))).toMatchInlineSnapshot(`
      "insert into "sessions" as t ("sid", "expired", "sess") select v."sid", to_timestamp(v."expired" / 1000), v."sess"::json
      from unnest($1::text[], $2::float8[], string_to_array($3, chr(31))) as v("sid", "expired", "sess")
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text collate "C" <> excluded."sid"::text collate "C" then to_timestamp(ln(-length(t."sid"::text)::float8)) else excluded."expired" end
      [ [ 'a', 'b', 'c' ], [ 1769860800678, 1769860800679, 1769860800680 ], '{"n":0}\\x1F{"n":1}\\x1F{"n":2}' ]"
    `)
    expect(adapter.upsert(table, rows.slice(0, 2)).sql).toBe(adapter.upsert(table, rows).sql)
  })

  it('takes hostile names', () => {
    expect(golden(adapter.upsert(hostile, rows.slice(0, 1)))).toMatchInlineSnapshot(`
      "insert into "auth"."user-sessions" as t ("SessionId", "expired", "sess")
      values ($1, to_timestamp($2::float8 / 1000), $3::json)
      on conflict ("SessionId") do update
      set "sess" = excluded."sess", "expired" = case when t."SessionId"::text collate "C" <> excluded."SessionId"::text collate "C" then to_timestamp(ln(-length(t."SessionId"::text)::float8)) else excluded."expired" end
      [ 'a', 1769860800678, '{"n":0}' ]"
    `)
  })
})

describe('an update', () => {
  it('writes a row that is there', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "update "sessions" as t
      set "expired" = to_timestamp($1::float8 / $2::float8), "sess" = $3::json
      where t."sid" = $4 and t."sid"::text collate "C" = $5
      [ 1769860800678, 1000, '{"n":0}', 'a', 'a' ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.update!.statement(hostile, rows.slice(0, 2))))
      .toMatchInlineSnapshot(`
      "update "auth"."user-sessions" as t
      set "sess" = v."sess"::json, "expired" = to_timestamp(v."expired" / 1000)
      from (select t."SessionId", v."expired", v."sess"
      from unnest($1::text[], $2::float8[], string_to_array($3, chr(31))) as v("knex_session_sid", "expired", "sess") cross join lateral (select t."SessionId"
      from "auth"."user-sessions" as t
      where t."SessionId" = v."knex_session_sid" and t."SessionId"::text collate "C" = v."knex_session_sid" limit 1 for no key update) as t) as v
      where t."SessionId" = v."SessionId"
      [ [ 'a', 'b' ], [ 1769860800678, 1769860800679 ], '{"n":0}\\x1F{"n":1}' ]"
    `)
  })
})

describe('an insert', () => {
  it('writes a new row', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows.slice(0, 1), now)))
      .toMatchInlineSnapshot(`
      "insert into "sessions" as t ("sid", "expired", "sess")
      values ($1, to_timestamp($2::float8 / 1000), $3::json)
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text collate "C" <> excluded."sid"::text collate "C" or t."expired" > to_timestamp($4::float8 / 1000) then to_timestamp(ln(-length(t."sid"::text)::float8)) else excluded."expired" end
      [ 'a', 1769860800678, '{"n":0}', 1769860800678 ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.insert!.statement(hostile, rows.slice(0, 2), now)))
      .toMatchInlineSnapshot(`
      "insert into "auth"."user-sessions" as t ("SessionId", "expired", "sess") select v."SessionId", to_timestamp(v."expired" / 1000), v."sess"::json
      from unnest($1::text[], $2::float8[], string_to_array($3, chr(31))) as v("SessionId", "expired", "sess")
      on conflict ("SessionId") do update
      set "sess" = excluded."sess", "expired" = case when t."SessionId"::text collate "C" <> excluded."SessionId"::text collate "C" or t."expired" > to_timestamp($4::float8 / 1000) then to_timestamp(ln(-length(t."SessionId"::text)::float8)) else excluded."expired" end
      [ [ 'a', 'b' ], [ 1769860800678, 1769860800679 ], '{"n":0}\\x1F{"n":1}', 1769860800678 ]"
    `)
  })
})

describe('a touch', () => {
  it('moves the expiry of a live row', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update "sessions" as t
      set "expired" = to_timestamp($1::float8 / 1000)
      where t."sid" = $2 and t."sid"::text collate "C" = $3 and t."expired" > to_timestamp($4::float8 / 1000)
      [ 1769860800678, 'a', 'a', 1769860800678 ]"
    `)
  })

  it('does not wait for the disk when it need not be durable', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, { durable: false })),
    ).toMatchInlineSnapshot(`
      "with relaxed as (select set_config('synchronous_commit', 'off', true)) update "sessions" as t
      set "expired" = to_timestamp($1::float8 / 1000)
      from relaxed
      where t."sid" = $2 and t."sid"::text collate "C" = $3 and t."expired" > to_timestamp($4::float8 / 1000)
      [ 1769860800678, 'a', 'a', 1769860800678 ]"
    `)
  })

  it('moves each row to its own expiry', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 2), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update "sessions" as t
      set "expired" = to_timestamp(v."expired" / 1000)
      from (select t."sid", v."expired"
      from unnest($1::text[], $2::float8[]) as v("knex_session_sid", "expired") cross join lateral (select t."sid"
      from "sessions" as t
      where t."sid" = v."knex_session_sid" and t."sid"::text collate "C" = v."knex_session_sid" and t."expired" > to_timestamp($3::float8 / 1000) limit 1 for no key update) as t) as v
      where t."sid" = v."sid"
      [ [ 'a', 'b' ], [ 1769860800678, 1769860800679 ], 1769860800678 ]"
    `)
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 2), now, { durable: false })),
    ).toMatchInlineSnapshot(`
      "with relaxed as (select set_config('synchronous_commit', 'off', true)) update "sessions" as t
      set "expired" = to_timestamp(v."expired" / 1000)
      from (select t."sid", v."expired"
      from relaxed cross join unnest($1::text[], $2::float8[]) as v("knex_session_sid", "expired") cross join lateral (select t."sid"
      from "sessions" as t
      where t."sid" = v."knex_session_sid" and t."sid"::text collate "C" = v."knex_session_sid" and t."expired" > to_timestamp($3::float8 / 1000) limit 1 for no key update) as t) as v
      where t."sid" = v."sid"
      [ [ 'a', 'b' ], [ 1769860800678, 1769860800679 ], 1769860800678 ]"
    `)
  })

  it('takes hostile names', () => {
    expect(
      golden(adapter.queries!.touch!.statement(hostile, rows.slice(0, 1), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update "auth"."user-sessions" as t
      set "expired" = to_timestamp($1::float8 / 1000)
      where t."SessionId" = $2 and t."SessionId"::text collate "C" = $3 and t."expired" > to_timestamp($4::float8 / 1000)
      [ 1769860800678, 'a', 'a', 1769860800678 ]"
    `)
    expect(
      golden(adapter.queries!.touch!.statement(hostile, rows.slice(0, 2), now, { durable: false })),
    ).toMatchInlineSnapshot(`
      "with relaxed as (select set_config('synchronous_commit', 'off', true)) update "auth"."user-sessions" as t
      set "expired" = to_timestamp(v."expired" / 1000)
      from (select t."SessionId", v."expired"
      from relaxed cross join unnest($1::text[], $2::float8[]) as v("knex_session_sid", "expired") cross join lateral (select t."SessionId"
      from "auth"."user-sessions" as t
      where t."SessionId" = v."knex_session_sid" and t."SessionId"::text collate "C" = v."knex_session_sid" and t."expired" > to_timestamp($3::float8 / 1000) limit 1 for no key update) as t) as v
      where t."SessionId" = v."SessionId"
      [ [ 'a', 'b' ], [ 1769860800678, 1769860800679 ], 1769860800678 ]"
    `)
  })
})

describe('a read', () => {
  it('finds one live row', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['a'], now))).toMatchInlineSnapshot(`
      "select "sid" as "sid", "sess"::text as "sess", case when isfinite("expired") then (date_part('epoch', "expired") * 1000)::bigint::text else date_part('epoch', "expired")::text end as "expired"
      from "sessions"
      where "sid" = $1 and "expired" > to_timestamp($2::float8 / 1000)
      [ 'a', 1769860800678 ]"
    `)
  })

  it('finds several', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['a', 'b', 'c'], now)))
      .toMatchInlineSnapshot(`
      "select t.*
      from unnest($1::text[]) as v("knex_session_sid") cross join lateral (select "sid" as "sid", "sess"::text as "sess", case when isfinite("expired") then (date_part('epoch', "expired") * 1000)::bigint::text else date_part('epoch', "expired")::text end as "expired"
      from "sessions"
      where "sid" = v."knex_session_sid" and "expired" > to_timestamp($2::float8 / 1000) limit 1) as t
      [ [ 'a', 'b', 'c' ], 1769860800678 ]"
    `)
  })

  it('takes hostile names', () => {
    expect(golden(adapter.queries!.read!.statement(hostile, ['a'], now))).toMatchInlineSnapshot(`
      "select "SessionId" as "sid", "sess"::text as "sess", case when isfinite("expired") then (date_part('epoch', "expired") * 1000)::bigint::text else date_part('epoch', "expired")::text end as "expired"
      from "auth"."user-sessions"
      where "SessionId" = $1 and "expired" > to_timestamp($2::float8 / 1000)
      [ 'a', 1769860800678 ]"
    `)
    expect(golden(adapter.queries!.read!.statement(hostile, ['a', 'b', 'c'], now)))
      .toMatchInlineSnapshot(`
      "select t.*
      from unnest($1::text[]) as v("knex_session_sid") cross join lateral (select "SessionId" as "sid", "sess"::text as "sess", case when isfinite("expired") then (date_part('epoch', "expired") * 1000)::bigint::text else date_part('epoch', "expired")::text end as "expired"
      from "auth"."user-sessions"
      where "SessionId" = v."knex_session_sid" and "expired" > to_timestamp($2::float8 / 1000) limit 1) as t
      [ [ 'a', 'b', 'c' ], 1769860800678 ]"
    `)
  })
})

describe('a look for locks', () => {
  it('locks rows as the write would, and passes over those that are locked', () => {
    expect(golden(adapter.queries!.skipLocked!.statement(table, ['a', 'b'], 'update')))
      .toMatchInlineSnapshot(`
      "select t."sid" as "sid"
      from unnest($1::text[]) as v("knex_session_sid") cross join lateral (select t."sid"
      from "sessions" as t
      where t."sid" = v."knex_session_sid" limit 1 for no key update skip locked) as t
      [ [ 'a', 'b' ] ]"
    `)
    expect(golden(adapter.queries!.skipLocked!.statement(hostile, ['a', 'b'], 'delete')))
      .toMatchInlineSnapshot(`
      "select t."SessionId" as "sid"
      from unnest($1::text[]) as v("knex_session_sid") cross join lateral (select t."SessionId"
      from "auth"."user-sessions" as t
      where t."SessionId" = v."knex_session_sid" limit 1 for update skip locked) as t
      [ [ 'a', 'b' ] ]"
    `)
  })
})

describe('a prepared statement', () => {
  it('has the same name in every store on the table', () => {
    expect(adapter.upsert(sessionTable(), rows)).toEqual(adapter.upsert(table, rows))
    expect(adapter.upsert(table, rows).name).toMatch(/^knex_session_[0-9a-f]{16}$/)
  })
})

describe('a destroy', () => {
  it('deletes one row and says whether it was there', () => {
    expect(golden(adapter.queries!.destroy!.statement(table, ['a']))).toMatchInlineSnapshot(`
      "delete
      from "sessions" as t
      where t."sid" = $1 and t."sid"::text collate "C" = $2 returning t."sid" as "sid"
      [ 'a', 'a' ]"
    `)
  })

  it('deletes several', () => {
    expect(golden(adapter.queries!.destroy!.statement(table, ['a', 'b', 'c', 'd', 'e'])))
      .toMatchInlineSnapshot(`
      "delete
      from "sessions" as t using (select t."sid"
      from unnest($1::text[]) as v("knex_session_sid") cross join lateral (select t."sid"
      from "sessions" as t
      where t."sid" = v."knex_session_sid" and t."sid"::text collate "C" = v."knex_session_sid" limit 1 for update) as t limit $2::int) as v
      where t."sid" = v."sid" returning t."sid" as "sid"
      [ [ 'a', 'b', 'c', 'd', 'e' ], 5 ]"
    `)
  })

  it('takes hostile names', () => {
    expect(golden(adapter.queries!.destroy!.statement(hostile, ['a']))).toMatchInlineSnapshot(`
      "delete
      from "auth"."user-sessions" as t
      where t."SessionId" = $1 and t."SessionId"::text collate "C" = $2 returning t."SessionId" as "sid"
      [ 'a', 'a' ]"
    `)
    expect(golden(adapter.queries!.destroy!.statement(hostile, ['a', 'b']))).toMatchInlineSnapshot(`
      "delete
      from "auth"."user-sessions" as t using (select t."SessionId"
      from unnest($1::text[]) as v("knex_session_sid") cross join lateral (select t."SessionId"
      from "auth"."user-sessions" as t
      where t."SessionId" = v."knex_session_sid" and t."SessionId"::text collate "C" = v."knex_session_sid" limit 1 for update) as t limit $2::int) as v
      where t."SessionId" = v."SessionId" returning t."SessionId" as "sid"
      [ [ 'a', 'b' ], 2 ]"
    `)
  })

  it('reads the ids of the rows that it deleted', () => {
    expect(
      adapter.queries!.destroy!.answer({ rows: [{ sid: 'a' }, { sid: 'b' }], rowCount: 2 }),
    ).toEqual(['a', 'b'])
  })
})

describe('a write with a time limit for locks', () => {
  const options = { lockTimeout: 1_250.5 }
  const ends = (statement: { readonly sql: string; readonly bindings: readonly unknown[] }) => ({
    limit: statement.sql.match(/.{9}\(select set_config\('lock_timeout'.*?not null.{0,12}/)?.[0],
    last: statement.bindings.at(-1),
  })

  it('sets it for its own transaction by its last parameter, in whole ms, before it looks for a row', () => {
    const { touch, destroy } = adapter.queries!
    for (const some of [rows.slice(0, 1), rows]) {
      const sids = some.map(({ sid }) => sid)
      for (const statement of [
        adapter.upsert(table, some, options),
        touch!.statement(table, some, now, { durable: true, ...options }),
        touch!.statement(table, some, now, { durable: false, ...options }),
        destroy!.statement(table, sids, options),
      ]) {
        expect(ends(statement)).toEqual({
          limit: expect.stringMatching(
            /(?:where|and) \(select set_config\('lock_timeout', \?, true\)\) is not null(?: on conflict| returning|$)/,
          ),
          last: '1251',
        })
      }
    }
  })

  it('is another prepared statement', () => {
    expect(adapter.upsert(table, rows, options).name).not.toBe(adapter.upsert(table, rows).name)
  })
})
