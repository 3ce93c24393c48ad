import { sessionTable, toEpochMs } from '@knex-session/core/dialect'
import knex, { type Knex } from 'knex'
import { SessionQueries } from '../../core/src/table/queries.js'
import { adapter } from '../src/adapter.js'
import { asText } from './golden.js'

const names = { schemaName: 'auth', tableName: 'user-sessions', columns: { sid: 'SessionId' } }
const queries = new SessionQueries(knex({ client: 'mssql' }), adapter, sessionTable(names))
const now = toEpochMs(Date.UTC(2026, 0, 31, 12))
const golden = (query: Knex.QueryBuilder): string => asText(query.toSQL().toNative())

describe("the adapter's parts in core's queries", () => {
  it('look for the table', () => {
    expect(golden(queries.check())).toMatchInlineSnapshot(`
      "select [SessionId], [sess], [expired]
      from [auth].[user-sessions]
      where 1 = 0
      []"
    `)
  })

  it('list and count the live sessions', () => {
    expect(golden(queries.live(now))).toMatchInlineSnapshot(`
      "select [SessionId] as [sid], [sess] as [sess], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([expired] as datetime2(3))) as [expired]
      from [auth].[user-sessions]
      where [expired] > cast(@p0 as datetime2(3))
      [ '2026-01-31T12:00:00.000' ]"
    `)
    expect(golden(queries.count(now))).toMatchInlineSnapshot(`
      "select cast(count(*) as char(20)) as [count]
      from [auth].[user-sessions]
      where [expired] > cast(@p0 as datetime2(3))
      [ '2026-01-31T12:00:00.000' ]"
    `)
  })

  it('list the live sessions page by page, and their ids', () => {
    expect(golden(queries.page(now, { limit: 128 }))).toMatchInlineSnapshot(`
      "select top (@p0) [SessionId] as [sid], [sess] as [sess], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([expired] as datetime2(3))) as [expired]
      from [auth].[user-sessions]
      where [expired] > cast(@p1 as datetime2(3))
      order by [SessionId] asc
      [ 128, '2026-01-31T12:00:00.000' ]"
    `)
    expect(golden(queries.page(now, { limit: 129, from: 'a' }))).toMatchInlineSnapshot(`
      "select top (@p0) [SessionId] as [sid], [sess] as [sess], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([expired] as datetime2(3))) as [expired]
      from [auth].[user-sessions]
      where [expired] > cast(@p1 as datetime2(3)) and [SessionId] >= @p2
      order by [SessionId] asc
      [ 129, '2026-01-31T12:00:00.000', 'a' ]"
    `)
    expect(golden(queries.ids(now))).toMatchInlineSnapshot(`
      "select [SessionId] as [sid]
      from [auth].[user-sessions]
      where [expired] > cast(@p0 as datetime2(3))
      [ '2026-01-31T12:00:00.000' ]"
    `)
  })

  it('look for and delete sessions by ids that are equal byte for byte', () => {
    expect(golden(queries.fields(['sid'], ['a', 'b']))).toMatchInlineSnapshot(`
      "select [SessionId] as [sid]
      from [auth].[user-sessions]
      where [SessionId] in (@p0, @p1) and ([SessionId] + N'.') collate Latin1_General_100_BIN2 in (cast(@p2 as nvarchar(255)) + N'.', cast(@p3 as nvarchar(255)) + N'.')
      [ 'a', 'b', 'a', 'b' ]"
    `)
    expect(golden(queries.destroy(['a', 'b']))).toMatchInlineSnapshot(`
      "delete
      from [auth].[user-sessions]
      where [SessionId] in (@p0, @p1) and ([SessionId] + N'.') collate Latin1_General_100_BIN2 in (cast(@p2 as nvarchar(255)) + N'.', cast(@p3 as nvarchar(255)) + N'.');select @@rowcount
      [ 'a', 'b', 'a', 'b' ]"
    `)
    expect(golden(queries.clear())).toMatchInlineSnapshot(`
      "delete
      from [auth].[user-sessions];select @@rowcount
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
      "select top (@p0) [SessionId] as [sid], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([expired] as datetime2(3))) as [until]
      from [auth].[user-sessions]
      where [expired] <= cast(@p1 as datetime2(3))
      order by [expired] asc
      [ 200, '2026-01-31T12:00:00.000' ]"
    `)
    expect(golden(queries.expired(now, { limit: 200, from: toEpochMs(now - 5_000) })))
      .toMatchInlineSnapshot(`
      "select top (@p0) [SessionId] as [sid], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([expired] as datetime2(3))) as [until]
      from [auth].[user-sessions]
      where [expired] <= cast(@p1 as datetime2(3)) and [expired] >= cast(@p2 as datetime2(3))
      order by [expired] asc
      [ 200, '2026-01-31T12:00:00.000', '2026-01-31T11:59:55.000' ]"
    `)
  })

  it('delete those that are expired still', () => {
    expect(golden(queries.destroyExpired(['a', 'b'], now))).toMatchInlineSnapshot(`
      "delete
      from [auth].[user-sessions]
      where [SessionId] in (@p0, @p1) and [expired] <= cast(@p2 as datetime2(3));select @@rowcount
      [ 'a', 'b', '2026-01-31T12:00:00.000' ]"
    `)
  })

  it('say whose a session is where its row does not', () => {
    const table = sessionTable({ ...names, userId: true })
    const ofUsers = new SessionQueries(knex({ client: 'mssql' }), adapter, table)
    expect(golden(ofUsers.assign({ sid: 'a', expired: now, userId: 'ann' })))
      .toMatchInlineSnapshot(`
      "update [auth].[user-sessions]
      set [user_id] = @p0
      where [SessionId] in (@p1) and ([SessionId] + N'.') collate Latin1_General_100_BIN2 in (cast(@p2 as nvarchar(255)) + N'.') and [user_id] is null;select @@rowcount
      [ 'ann', 'a', 'a' ]"
    `)
  })

  it('stay within the parameters that a request takes', () => {
    const sids = Array.from({ length: adapter.limits.sids }, (_, index) => `sid-${String(index)}`)
    const { bindings } = queries.destroy(sids).toSQL().toNative()
    expect(bindings).toHaveLength(2 * adapter.limits.sids)
    expect(bindings.length).toBeLessThanOrEqual(2_098)
  })
})
