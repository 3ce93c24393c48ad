import { KnexSessionStore } from '@knex-session/core'
import { watchStore } from '../../dialect-testkit/test/watched-store.js'
import { adapter } from '../src/adapter.js'
import { connect } from './connection.js'

/**
 * What core asks of knex's query builder, as it reaches the driver: the store works on PostgreSQL
 * while somebody listens.
 */
describe('a store on PostgreSQL', () => {
  const { asked, options, storeMany, advance } = watchStore(connect({ connections: 1 }), adapter)

  it('looks for the table and its columns without reading a row', async () => {
    expect(await asked(() => new KnexSessionStore(options).ready)).toMatchInlineSnapshot(`
      "select "SessionId", "sess", "expired"
      from "user-sessions"
      where 1 = 0
      []
      select a.attname as name, format_type(coalesce(e.typbasetype, d.typbasetype, a.atttypid), null) as type, a.attnotnull and not a.atthasdef and coalesce(to_jsonb(a) ->> 'attidentity', '') = '' as needed, not a.attnotnull as nullable, c.relkind = 'm' as copied, case when coalesce(e.typbasetype, d.typbasetype, a.atttypid) in (1042, 1043) and coalesce(nullif(e.typtypmod, -1), nullif(d.typtypmod, -1), a.atttypmod) > 4 then (coalesce(nullif(e.typtypmod, -1), nullif(d.typtypmod, -1), a.atttypmod) - 4)::text end as longest, case when c.relkind in ('r', 'p') then exists (select 1
      from pg_index as i
      where i.indrelid = c.oid and i.indisunique and i.indpred is null and i.indexprs is null and i.indkey[0] = a.attnum and i.indnatts = 1) end as "unique", (select 'drop constraint ' || quote_ident(k.relname) || case when i.indisprimary then ', add primary key' else ', add unique' end
      from pg_index as i
      join pg_class as k on k.oid = i.indexrelid
      where i.indrelid = c.oid and i.indisunique and i.indpred is null and i.indexprs is null and i.indkey[0] = a.attnum and i.indnatts = 1 and not i.indimmediate limit 1) as late, (to_timestamp(1577836800)::timestamp = timestamp '2020-01-01' and to_timestamp(1593561600)::timestamp = timestamp '2020-07-01') as utc, $1::text as text, $2::varchar as varchar
      from pg_attribute as a
      join pg_class as c on c.oid = a.attrelid left
      join pg_type as d on d.oid = a.atttypid and d.typtype = 'd' left
      join pg_type as e on e.oid = d.typbasetype and e.typtype = 'd'
      where a.attrelid = to_regclass($3) and a.attnum > 0 and not a.attisdropped
      [ ' {"Größe": 1.50} ', ' {"Größe": 1.50} ', '"user-sessions"' ]
      select a.attname as name, concat_ws(' ', case when not has_column_privilege(a.attrelid, a.attnum, 'insert') then 'insert' end, case when not has_column_privilege(a.attrelid, a.attnum, 'update') then 'update' end, case when not has_table_privilege(a.attrelid, 'delete') then 'delete' end) as denied
      from pg_attribute as a
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
      [ '"user-sessions"' ]"
    `)
  })

  it('destroys sessions by their ids, several at once', async () => {
    expect(await asked((store) => Promise.all(['a', 'b', 'c'].map((sid) => store.destroy(sid)))))
      .toMatchInlineSnapshot(`
      "select "SessionId" as "sid"
      from "user-sessions"
      where "SessionId" in ($1, $2, $3) and "SessionId"::text collate "C" = any($4)
      [ 'a', 'b', 'c', [ 'a', 'b', 'c' ] ]
      delete
      from "user-sessions" as t using (select t."SessionId"
      from unnest($1::text[]) as v("knex_session_sid") cross join lateral (select t."SessionId"
      from "user-sessions" as t
      where t."SessionId" = v."knex_session_sid" and t."SessionId"::text collate "C" = v."knex_session_sid" limit 1 for update) as t limit $2::int) as v
      where t."SessionId" = v."SessionId" and (select set_config('lock_timeout', $3, true)) is not null returning t."SessionId" as "sid"
      [ [ 'a', 'b', 'c' ], 3, '2500' ]"
    `)
  })

  it('counts the live sessions', async () => {
    expect(await asked((store) => store.length())).toMatchInlineSnapshot(`
      "select cast(count(*) as char(20)) as "count"
      from "user-sessions"
      where "expired" > to_timestamp($1::float8 / 1000)
      [ 1769860800000 ]"
    `)
  })

  it('lists the live sessions page by page, by the key of the ids', async () => {
    const many = await storeMany()
    const found: string[] = []
    const all = async (store: KnexSessionStore) => {
      for await (const { sid } of store.entries()) found.push(sid)
    }
    expect(await asked(all)).toMatchInlineSnapshot(`
      "select "SessionId" as "sid", "sess"::text as "sess", case when isfinite("expired") then (date_part('epoch', "expired") * 1000)::bigint::text else date_part('epoch', "expired")::text end as "expired"
      from "user-sessions"
      where "expired" > to_timestamp($1::float8 / 1000)
      order by "SessionId" asc limit $2
      [ 1769860800000, 128 ]
      select "SessionId" as "sid", "sess"::text as "sess", case when isfinite("expired") then (date_part('epoch', "expired") * 1000)::bigint::text else date_part('epoch', "expired")::text end as "expired"
      from "user-sessions"
      where "expired" > to_timestamp($1::float8 / 1000) and "SessionId" >= $2
      order by "SessionId" asc limit $3
      [ 1769860800000, 'sid-124', 129 ]"
    `)
    expect(await asked((store) => store.ids())).toMatchInlineSnapshot(`
      "select "SessionId" as "sid"
      from "user-sessions"
      where "expired" > to_timestamp($1::float8 / 1000)
      [ 1769860800000 ]"
    `)
    expect(found).toEqual(['a', 'b', 'c', ...many])
    await asked((store) => store.destroy(many))
  })

  it('lists the live sessions', async () => {
    expect(await asked((store) => store.all())).toMatchInlineSnapshot(`
      "select "SessionId" as "sid", "sess"::text as "sess", case when isfinite("expired") then (date_part('epoch', "expired") * 1000)::bigint::text else date_part('epoch', "expired")::text end as "expired"
      from "user-sessions"
      where "expired" > to_timestamp($1::float8 / 1000)
      [ 1769860800000 ]"
    `)
  })

  it('prunes in one statement, in the order of the index', async () => {
    advance(3_600_000)
    expect(await asked((store) => store.prune())).toMatchInlineSnapshot(`
      "with relaxed as (select set_config('synchronous_commit', 'off', true)), gone as (delete
      from "user-sessions" as t
      where t.ctid = any(array(select t.ctid
      from relaxed cross join "user-sessions" as t
      where t."expired" <= to_timestamp($1::float8 / 1000) and t."expired" >= to_timestamp($2::float8 / 1000)
      order by t."expired" limit $3::int for update of t skip locked)) and t."expired" <= to_timestamp($4::float8 / 1000) returning t."expired" as expired) select count(*)::text as removed, case when isfinite(max(gone.expired)) then (date_part('epoch', max(gone.expired)) * 1000)::bigint::text else date_part('epoch', max(gone.expired))::text end as until
      from gone
      [ 1769864400000, -210866803200000, 50, 1769864400000 ]
      with relaxed as (select set_config('synchronous_commit', 'off', true)), gone as (delete
      from "user-sessions" as t
      where t.ctid = any(array(select t.ctid
      from relaxed cross join "user-sessions" as t
      where t."expired" <= to_timestamp($1::float8 / 1000) and t."expired" >= to_timestamp($2::float8 / 1000)
      order by t."expired" limit $3::int for update of t skip locked)) and t."expired" <= to_timestamp($4::float8 / 1000) returning t."expired" as expired) select count(*)::text as removed, case when isfinite(max(gone.expired)) then (date_part('epoch', max(gone.expired)) * 1000)::bigint::text else date_part('epoch', max(gone.expired))::text end as until
      from gone
      [ 1769864400000, 1769860859000, 50, 1769864400000 ]"
    `)
  })

  it('clears the table', async () => {
    expect(await asked((store) => store.clear())).toMatchInlineSnapshot(`
      "delete
      from "user-sessions"
      []"
    `)
  })
})
