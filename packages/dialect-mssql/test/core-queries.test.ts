import { qualifiedName, sessionTable, toEpochMs } from '@knex-session/core/dialect'
import knex, { type Knex } from 'knex'
import { adapter } from '../src/adapter.js'
import { asText } from './golden.js'

const compiler = knex({ client: 'mssql' })
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
      from [auth].[user-sessions]
      where [SessionId] in (@p0, @p1) and ([SessionId] + N'.') collate Latin1_General_100_BIN2 in (cast(@p2 as nvarchar(255)) + N'.', cast(@p3 as nvarchar(255)) + N'.');select @@rowcount
      [ 'a', 'b', 'a', 'b' ]"
    `)
  })

  it('count the live sessions', () => {
    expect(golden(whereExpired(sessions(), '>').count({ count: '*' }))).toMatchInlineSnapshot(`
      "select count(*) as [count]
      from [auth].[user-sessions]
      where [expired] > cast(@p0 as datetime2(3))
      [ '2026-01-31T12:00:00.000' ]"
    `)
  })

  it('read expired ids in the order of the index, up to a limit', () => {
    expect(golden(whereExpired(sessions(), '<=').select(sidColumn).orderBy(compiler.raw(expired)).limit(512))).toMatchInlineSnapshot(`
      "select top (@p0) [SessionId] as [sid]
      from [auth].[user-sessions]
      where [expired] <= cast(@p1 as datetime2(3))
      order by [expired] asc
      [ 512, '2026-01-31T12:00:00.000' ]"
    `)
  })

  it('delete those that are expired still', () => {
    expect(golden(whereExpired(whereSids(sessions(), ['a']), '<=').del())).toMatchInlineSnapshot(`
      "delete
      from [auth].[user-sessions]
      where [SessionId] in (@p0) and ([SessionId] + N'.') collate Latin1_General_100_BIN2 in (cast(@p1 as nvarchar(255)) + N'.') and [expired] <= cast(@p2 as datetime2(3));select @@rowcount
      [ 'a', 'a', '2026-01-31T12:00:00.000' ]"
    `)
  })

  it('stay within the parameters that a request takes', () => {
    const sids = Array.from({ length: adapter.limits.sids }, (_, index) => `sid-${index}`)
    const { bindings } = whereExpired(whereSids(sessions(), sids), '<=').del().toSQL().toNative()
    expect(bindings).toHaveLength(2 * adapter.limits.sids + 1)
    expect(bindings.length).toBeLessThanOrEqual(2_098)
  })
})
