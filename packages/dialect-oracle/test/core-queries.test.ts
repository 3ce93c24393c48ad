import { qualifiedName, sessionTable, toEpochMs } from '@knex-session/core/dialect'
import knex, { type Knex } from 'knex'
import { adapter } from '../src/adapter.js'
import { asText } from './golden.js'

const compiler = knex({ client: 'oracledb' })
const table = sessionTable({ schemaName: 'auth', tableName: 'user-sessions', sidFieldName: 'SessionId' })
const now = adapter.timestamp.encode(toEpochMs(Date.UTC(2026, 0, 31, 12))) as string
const sid = adapter.quoteIdentifier(table.column.sid.name)
const expired = adapter.quoteIdentifier(table.column.expired.name)
const sidColumn = compiler.raw(`${sid} as ${adapter.quoteIdentifier('sid')}`)

/** Queries of the shape that core builds of the adapter's parts: on the table by its quoted name, with conditions of raw SQL. */
const sessions = (): Knex.QueryBuilder => compiler.from(compiler.raw(qualifiedName(adapter, table)) as unknown as string)
const whereExpired = (query: Knex.QueryBuilder, comparison: '>' | '<='): Knex.QueryBuilder =>
  query.whereRaw(`${expired} ${comparison} ${adapter.timestamp.parameter}`, [now])
function whereSids(query: Knex.QueryBuilder, sids: readonly string[]): Knex.QueryBuilder {
  const exact = adapter.exactSid!
  return query
    .whereIn(compiler.raw(sid) as unknown as string, sids)
    .whereRaw(`${exact.column(sid)} in (${sids.map(() => exact.parameter).join(', ')})`, [...sids])
}
const golden = (query: Knex.QueryBuilder): string => asText(query.toSQL().toNative())

describe("the adapter's parts in knex's query builder", () => {
  it('delete sessions by ids that are equal byte for byte', () => {
    expect(golden(whereSids(sessions(), ['a', 'b']).del())).toMatchInlineSnapshot(`
      "delete
      from "auth"."user-sessions"
      where "SessionId" in (:1, :2) and nlssort("SessionId", 'NLS_SORT=BINARY') in (nlssort(:3, 'NLS_SORT=BINARY'), nlssort(:4, 'NLS_SORT=BINARY'))
      [ 'a', 'b', 'a', 'b' ]"
    `)
  })

  it('count the live sessions', () => {
    expect(golden(whereExpired(sessions(), '>').count({ count: '*' }))).toMatchInlineSnapshot(`
      "select count(*) "count"
      from "auth"."user-sessions"
      where "expired" > cast(to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      [ '2026-01-31T12:00:00.000+00:00' ]"
    `)
  })

  it('read expired ids in the order of the index, up to a limit', () => {
    expect(golden(whereExpired(sessions(), '<=').select(sidColumn).orderBy(compiler.raw(expired)).limit(512))).toMatchInlineSnapshot(`
      "select *
      from (select "SessionId" as "sid"
      from "auth"."user-sessions"
      where "expired" <= cast(to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      order by "expired" asc)
      where rownum <= :2
      [ '2026-01-31T12:00:00.000+00:00', 512 ]"
    `)
  })

  it('delete those that are expired still', () => {
    expect(golden(whereExpired(whereSids(sessions(), ['a']), '<=').del())).toMatchInlineSnapshot(`
      "delete
      from "auth"."user-sessions"
      where "SessionId" in (:1) and nlssort("SessionId", 'NLS_SORT=BINARY') in (nlssort(:2, 'NLS_SORT=BINARY')) and "expired" <= cast(to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone)
      [ 'a', 'a', '2026-01-31T12:00:00.000+00:00' ]"
    `)
  })

  it('stay within the binds that a statement takes', () => {
    const sids = Array.from({ length: adapter.limits.sids }, (_, index) => `sid-${index}`)
    const { bindings } = whereExpired(whereSids(sessions(), sids), '<=').del().toSQL().toNative()
    expect(bindings).toHaveLength(2 * adapter.limits.sids + 1)
    expect(bindings.length).toBeLessThanOrEqual(65_535)
  })
})
