import {
  now,
  rowsOfUsers as rows,
  tableOfUsers as table,
} from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

describe('a table with the columns of users', () => {
  it('is made with them and an index on the user', () => {
    expect(adapter.createTable(table, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "create table "sessions" ("sid" varchar(255) primary key, "sess" json not null, "expired" timestamptz not null, "user_id" varchar(255), "created_at" timestamptz, "last_seen_at" timestamptz); create index on "sessions" ("expired" asc); create index on "sessions" ("user_id" asc)
      []"
    `)
  })

  it('gets those that it lacks', () => {
    const missing = table.columns.filter(({ nullable }) => nullable === true)
    expect(adapter.addColumns!(table, missing, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table "sessions" add column "user_id" varchar(255), add column "created_at" timestamptz, add column "last_seen_at" timestamptz
      []
      create index concurrently on "sessions" ("user_id" asc)
      []"
    `)
    const [, ...some] = missing
    expect(adapter.addColumns!(table, some, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table "sessions" add column "created_at" timestamptz, add column "last_seen_at" timestamptz
      []"
    `)
  })

  it('gets them in a transaction, where no index can be made `concurrently`', () => {
    const [userId] = table.columns.filter(({ nullable }) => nullable === true)
    const statements = adapter.addColumns!(table, [userId!], { inTransaction: true })
    expect(statements.map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table "sessions" add column "user_id" varchar(255)
      []
      create index on "sessions" ("user_id" asc)
      []"
    `)
  })

  it('keeps the time of creation when a row is replaced', () => {
    expect(golden(adapter.upsert(table, rows))).toMatchInlineSnapshot(`
      "insert into "sessions" as t ("sid", "expired", "sess", "user_id", "created_at", "last_seen_at") select v."sid", to_timestamp(v."expired" / 1000), v."sess"::json, v."user_id", to_timestamp(v."created_at" / 1000), to_timestamp(v."last_seen_at" / 1000)
      from unnest($1::text[], $2::float8[], string_to_array($3, chr(31)), $4::text[], $5::float8[], $6::float8[]) as v("sid", "expired", "sess", "user_id", "created_at", "last_seen_at")
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text collate "C" <> excluded."sid"::text collate "C" then to_timestamp(ln(-length(t."sid"::text)::float8)) else excluded."expired" end, "user_id" = excluded."user_id", "last_seen_at" = excluded."last_seen_at"
      [
        [ 's0', 's1' ],
        [ 1769860800678, 1769860800679 ],
        '{"n":0}\\x1F{"n":1}',
        [ 'ann', null ],
        [ 1769860800678, 1769860800678 ],
        [ 1769860800678, 1769860800678 ]
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "update "sessions" as t
      set "sess" = v."sess"::json, "expired" = to_timestamp(v."expired" / 1000), "user_id" = v."user_id", "last_seen_at" = to_timestamp(v."last_seen_at" / 1000)
      from (select t."sid", v."expired", v."sess", v."user_id", v."last_seen_at"
      from unnest($1::text[], $2::float8[], string_to_array($3, chr(31)), $4::text[], $5::float8[]) as v("knex_session_sid", "expired", "sess", "user_id", "last_seen_at") cross join lateral (select t."sid"
      from "sessions" as t
      where t."sid" = v."knex_session_sid" and t."sid"::text collate "C" = v."knex_session_sid" limit 1 for no key update) as t) as v
      where t."sid" = v."sid"
      [
        [ 's0', 's1' ],
        [ 1769860800678, 1769860800679 ],
        '{"n":0}\\x1F{"n":1}',
        [ 'ann', null ],
        [ 1769860800678, 1769860800678 ]
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "update "sessions" as t
      set "expired" = to_timestamp($1::float8 / $2::float8), "sess" = $3::json, "user_id" = $4, "last_seen_at" = to_timestamp($5::float8 / 1000)
      where t."sid" = $6 and t."sid"::text collate "C" = $7
      [ 1769860800678, 1000, '{"n":0}', 'ann', 1769860800678, 's0', 's0' ]"
    `)
  })

  it('has another one where a new session takes the place of an expired one', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows, now))).toMatchInlineSnapshot(`
      "insert into "sessions" as t ("sid", "expired", "sess", "user_id", "created_at", "last_seen_at") select v."sid", to_timestamp(v."expired" / 1000), v."sess"::json, v."user_id", to_timestamp(v."created_at" / 1000), to_timestamp(v."last_seen_at" / 1000)
      from unnest($1::text[], $2::float8[], string_to_array($3, chr(31)), $4::text[], $5::float8[], $6::float8[]) as v("sid", "expired", "sess", "user_id", "created_at", "last_seen_at")
      on conflict ("sid") do update
      set "sess" = excluded."sess", "expired" = case when t."sid"::text collate "C" <> excluded."sid"::text collate "C" or t."expired" > to_timestamp($7::float8 / 1000) then to_timestamp(ln(-length(t."sid"::text)::float8)) else excluded."expired" end, "user_id" = excluded."user_id", "created_at" = excluded."created_at", "last_seen_at" = excluded."last_seen_at"
      [
        [ 's0', 's1' ],
        [ 1769860800678, 1769860800679 ],
        '{"n":0}\\x1F{"n":1}',
        [ 'ann', null ],
        [ 1769860800678, 1769860800678 ],
        [ 1769860800678, 1769860800678 ],
        1769860800678
      ]"
    `)
  })

  it('writes by a touch when the session was seen', () => {
    const options = { durable: true }
    expect(golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, options)))
      .toMatchInlineSnapshot(`
      "update "sessions" as t
      set "expired" = to_timestamp($1::float8 / 1000), "last_seen_at" = to_timestamp($2::float8 / 1000)
      where t."sid" = $3 and t."sid"::text collate "C" = $4 and t."expired" > to_timestamp($5::float8 / 1000)
      [ 1769860800678, 1769860800678, 's0', 's0', 1769860800678 ]"
    `)
    expect(golden(adapter.queries!.touch!.statement(table, rows, now, options)))
      .toMatchInlineSnapshot(`
      "update "sessions" as t
      set "expired" = to_timestamp(v."expired" / 1000), "last_seen_at" = to_timestamp(v."last_seen_at" / 1000)
      from (select t."sid", v."expired", v."last_seen_at"
      from unnest($1::text[], $2::float8[], $3::float8[]) as v("knex_session_sid", "expired", "last_seen_at") cross join lateral (select t."sid"
      from "sessions" as t
      where t."sid" = v."knex_session_sid" and t."sid"::text collate "C" = v."knex_session_sid" and t."expired" > to_timestamp($4::float8 / 1000) limit 1 for no key update) as t) as v
      where t."sid" = v."sid"
      [ [ 's0', 's1' ], [ 1769860800678, 1769860800679 ], [ 1769860800678, 1769860800678 ], 1769860800678 ]"
    `)
  })

  it('is read with them', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['s0'], now))).toMatchInlineSnapshot(`
      "select "sid" as "sid", "sess"::text as "sess", case when isfinite("expired") then (date_part('epoch', "expired") * 1000)::bigint::text else date_part('epoch', "expired")::text end as "expired", "user_id" as "userId", case when isfinite("created_at") then (date_part('epoch', "created_at") * 1000)::bigint::text else date_part('epoch', "created_at")::text end as "createdAt", case when isfinite("last_seen_at") then (date_part('epoch', "last_seen_at") * 1000)::bigint::text else date_part('epoch', "last_seen_at")::text end as "lastSeenAt"
      from "sessions"
      where "sid" = $1 and "expired" > to_timestamp($2::float8 / 1000)
      [ 's0', 1769860800678 ]"
    `)
  })
})
