import { sessionTable, toEpochMs } from '@knex-session/core/dialect'
import knex, { type Knex } from 'knex'
import { SessionQueries } from '../../core/src/table/queries.js'
import { adapter } from '../src/adapter.js'
import { asText } from './golden.js'

const names = { schemaName: 'auth', tableName: 'user-sessions', columns: { sid: 'SessionId' } }
const queries = new SessionQueries(knex({ client: 'oracledb' }), adapter, sessionTable(names))
const now = toEpochMs(Date.UTC(2026, 0, 31, 12))
const golden = (query: Knex.QueryBuilder): string => asText(query.toSQL().toNative())

describe("the adapter's parts in core's queries", () => {
  it('look for the table', () => {
    expect(golden(queries.check())).toMatchInlineSnapshot(`
      "select "SessionId", "sess", "expired"
      from "auth"."user-sessions"
      where 1 = 0
      []"
    `)
  })

  it('list and count the live sessions', () => {
    expect(golden(queries.live(now))).toMatchInlineSnapshot(`
      "select "SessionId" as "sid", "sess" as "sess", to_char(sys_extract_utc("expired"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "expired"
      from "auth"."user-sessions"
      where "expired" > cast(to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      [ '2026-01-31T12:00:00.000+00:00' ]"
    `)
    expect(golden(queries.count(now))).toMatchInlineSnapshot(`
      "select cast(count(*) as char(20)) as "count"
      from "auth"."user-sessions"
      where "expired" > cast(to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      [ '2026-01-31T12:00:00.000+00:00' ]"
    `)
  })

  it('list the live sessions page by page, and their ids', () => {
    expect(golden(queries.page(now, { limit: 128 }))).toMatchInlineSnapshot(`
      "select *
      from (select "SessionId" as "sid", "sess" as "sess", to_char(sys_extract_utc("expired"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "expired"
      from "auth"."user-sessions"
      where "expired" > cast(to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      order by "SessionId" asc)
      where rownum <= :2
      [ '2026-01-31T12:00:00.000+00:00', 128 ]"
    `)
    expect(golden(queries.page(now, { limit: 129, from: 'a' }))).toMatchInlineSnapshot(`
      "select *
      from (select "SessionId" as "sid", "sess" as "sess", to_char(sys_extract_utc("expired"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "expired"
      from "auth"."user-sessions"
      where "expired" > cast(to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone) and "SessionId" >= :2
      order by "SessionId" asc)
      where rownum <= :3
      [ '2026-01-31T12:00:00.000+00:00', 'a', 129 ]"
    `)
    expect(golden(queries.ids(now))).toMatchInlineSnapshot(`
      "select "SessionId" as "sid"
      from "auth"."user-sessions"
      where "expired" > cast(to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      [ '2026-01-31T12:00:00.000+00:00' ]"
    `)
  })

  it('look for and delete sessions by ids that are equal byte for byte', () => {
    expect(golden(queries.fields(['sid'], ['a', 'b']))).toMatchInlineSnapshot(`
      "select "SessionId" as "sid"
      from "auth"."user-sessions"
      where "SessionId" in (:1, :2) and nlssort("SessionId", 'NLS_SORT=BINARY') in (nlssort(:3, 'NLS_SORT=BINARY'), nlssort(:4, 'NLS_SORT=BINARY'))
      [ 'a', 'b', 'a', 'b' ]"
    `)
    expect(golden(queries.destroy(['a', 'b']))).toMatchInlineSnapshot(`
      "delete
      from "auth"."user-sessions"
      where "SessionId" in (:1, :2) and nlssort("SessionId", 'NLS_SORT=BINARY') in (nlssort(:3, 'NLS_SORT=BINARY'), nlssort(:4, 'NLS_SORT=BINARY'))
      [ 'a', 'b', 'a', 'b' ]"
    `)
    expect(golden(queries.clear())).toMatchInlineSnapshot(`
      "delete
      from "auth"."user-sessions"
      []"
    `)
  })

  it('have lists of ids filled up to one of few sizes with copies of the last id', () => {
    const ids = (count: number) =>
      Array.from({ length: count }, (_, index) => `sid-${String(index)}`)
    for (const query of [
      (sids: string[]) => queries.fields(['sid'], sids),
      (sids: string[]) => queries.destroyExpired(sids, now),
    ]) {
      const [seven, eight] = [7, 8].map((count) => query(ids(count)).toSQL().toNative())
      expect(seven!.sql).toBe(eight!.sql)
      expect(seven!.bindings.slice(6, 8)).toEqual(['sid-6', 'sid-6'])
    }
  })

  it('read expired ids in the order of the index, up to a limit', () => {
    expect(golden(queries.expired(now, { limit: 200 }))).toMatchInlineSnapshot(`
      "select *
      from (select "SessionId" as "sid", to_char(sys_extract_utc("expired"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "until"
      from "auth"."user-sessions"
      where "expired" <= cast(to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      order by "expired" asc)
      where rownum <= :2
      [ '2026-01-31T12:00:00.000+00:00', 200 ]"
    `)
    expect(golden(queries.expired(now, { limit: 200, from: toEpochMs(now - 5_000) })))
      .toMatchInlineSnapshot(`
      "select *
      from (select "SessionId" as "sid", to_char(sys_extract_utc("expired"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "until"
      from "auth"."user-sessions"
      where "expired" <= cast(to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone) and "expired" >= cast(to_timestamp_tz(:2, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      order by "expired" asc)
      where rownum <= :3
      [ '2026-01-31T12:00:00.000+00:00', '2026-01-31T11:59:55.000+00:00', 200 ]"
    `)
  })

  it('delete those that are expired still', () => {
    expect(golden(queries.destroyExpired(['a', 'b'], now))).toMatchInlineSnapshot(`
      "delete
      from "auth"."user-sessions"
      where "SessionId" in (:1, :2) and "expired" <= cast(to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      [ 'a', 'b', '2026-01-31T12:00:00.000+00:00' ]"
    `)
  })

  it('say whose a session is where its row does not', () => {
    const table = sessionTable({ ...names, userId: true })
    const ofUsers = new SessionQueries(knex({ client: 'oracledb' }), adapter, table)
    expect(golden(ofUsers.assign({ sid: 'a', expired: now, userId: 'ann' })))
      .toMatchInlineSnapshot(`
      "update "auth"."user-sessions"
      set "user_id" = :1
      where "SessionId" in (:2) and nlssort("SessionId", 'NLS_SORT=BINARY') in (nlssort(:3, 'NLS_SORT=BINARY')) and "user_id" is null
      [ 'ann', 'a', 'a' ]"
    `)
  })

  it('stay within the binds that a statement takes', () => {
    const sids = Array.from({ length: adapter.limits.sids }, (_, index) => `sid-${String(index)}`)
    const { bindings } = queries.destroy(sids).toSQL().toNative()
    expect(bindings).toHaveLength(2 * adapter.limits.sids)
    expect(bindings.length).toBeLessThanOrEqual(65_535)
  })
})
