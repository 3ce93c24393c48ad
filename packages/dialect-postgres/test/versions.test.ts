import {
  now,
  rowsWithVersions as rows,
  tableOfVersions as table,
} from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

describe('a table with versions', () => {
  it('gets its columns where it is there', () => {
    const missing = table.columns.filter(({ nullable }) => nullable === true)
    expect(adapter.addColumns!(table, missing, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table "sessions" add column "created_at" timestamptz, add column "version" varchar(32)
      []"
    `)
  })

  it('has a row updated only over the version that it was made from', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "update "sessions" as t
      set "expired" = to_timestamp($1::float8 / $2::float8), "sess" = $3::json, "created_at" = to_timestamp($4::float8 / 1000), "version" = $5
      where t."sid" = $6 and t."sid"::text collate "C" = $7 and coalesce(t."version", '0000000000000000') like $8 returning t."sid" as "sid"
      [
        1769860800678,
        1000,
        '{"of":"a"}',
        1769860800678,
        'aaaaaaaaaaaaaaaa0123456789abcdef',
        'a',
        'a',
        '0123456789abcdef%'
      ]"
    `)
  })

  it('has several rows updated likewise, each over its own', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "update "sessions" as t
      set "sess" = v."sess"::json, "expired" = to_timestamp(v."expired" / 1000), "created_at" = to_timestamp(v."created_at" / 1000), "version" = v."version"
      from (select t."sid", v."expired", v."sess", v."created_at", v."version"
      from unnest($1::text[], $2::float8[], string_to_array($3, chr(31)), $4::float8[], $5::text[]) as v("knex_session_sid", "expired", "sess", "created_at", "version") cross join lateral (select t."sid"
      from "sessions" as t
      where t."sid" = v."knex_session_sid" and t."sid"::text collate "C" = v."knex_session_sid" and coalesce(t."version", '0000000000000000') like substr(v."version", 17, 16) || '%' limit 1 for no key update) as t) as v
      where t."sid" = v."sid" returning t."sid" as "sid"
      [
        [ 'a', 'b' ],
        [ 1769860800678, 1769860800678 ],
        '{"of":"a"}\\x1F{"of":"b"}',
        [ 1769860800678, 1769860800678 ],
        [ 'aaaaaaaaaaaaaaaa0123456789abcdef', 'bbbbbbbbbbbbbbbb0123456789abcdef' ]
      ]"
    `)
  })

  it('has the creation written by every touch', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "update "sessions" as t
      set "expired" = to_timestamp($1::float8 / 1000), "created_at" = to_timestamp($2::float8 / 1000)
      where t."sid" = $3 and t."sid"::text collate "C" = $4 and t."expired" > to_timestamp($5::float8 / 1000)
      [ 1769860800678, 1769860800678, 'a', 'a', 1769860800678 ]"
    `)
  })
})
