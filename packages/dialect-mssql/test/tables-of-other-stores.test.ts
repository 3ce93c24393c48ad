import {
  sessionTable,
  toEpochMs,
  type ColumnNames,
  type SessionTable,
} from '@knex-session/core/dialect'
import { now as noon } from '../../dialect-testkit/test/golden-tables.js'
import { refusedTimes } from '../../dialect-testkit/test/refused-times.js'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

/** What becomes of a table of connect-mssql-v2 whose expiry is of a type. */
function found(type: string, expired: ColumnNames['expired'] = 'expires'): SessionTable | string {
  const table = sessionTable({ columns: { sess: 'session', expired } }, adapter.times)
  const columns = [
    { name: 'sid', type: 'nvarchar', length: 510 },
    { name: 'session', type: 'nvarchar', length: -1 },
    { name: 'expires', type, length: 8 },
  ]
  return adapter.server!.inspect!.answer([columns], table)
}

it.each<[string, ColumnNames['expired'], string]>([
  ['datetime', 'expires', '2026-01-31T12:00:00.678'],
  ['int', 'expires', '1769860800'],
  ['bigint', { name: 'expires', type: 'unix-seconds' }, '1769860800'],
  ['bigint', { name: 'expires', type: 'unix-ms' }, '1769860800678'],
])('a column of the type %s gets, by %j, %s', (type, expired, value) => {
  const table = found(type, expired) as SessionTable
  const statement = adapter.queries!.prune!.statement(table, noon, { limit: 1, from: noon })
  expect(statement.bindings).toEqual([value, value, value])
  expect(adapter.queries!.read!.statement(table, ['a'], noon).bindings).toEqual(['a', value])
  expect(adapter.upsert(table, [{ sid: 'a', sess: '{}', expired: noon }]).bindings[2]).toBe(value)
})

it.each(refusedTimes)('a column of the type %s is refused by %j', (type, expired, says) => {
  expect(found(type, expired)).toMatch(says)
})

it('an int holds no later end than its last second', () => {
  const { codec } = (found('int') as SessionTable).column.expired
  expect(codec?.encode(toEpochMs(8.64e15))).toBe('2147483647')
})

describe('the statements on a table of connect-mssql-v2', () => {
  const table = found('datetime') as SessionTable
  const row = { sid: 'a', sess: '{}', expired: noon }
  const queries = adapter.queries!

  it('write, touch and end a session by its names', () => {
    expect(golden(adapter.upsert(table, [row]))).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @sid nvarchar(255) = cast(@p0 as nvarchar(255)), @sess nvarchar(max) = rtrim(@p1), @expired datetime2(3) = cast(@p2 as datetime2(3));
      update [sessions]
      set [session] = @sess, [expires] = @expired
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
      if @@rowcount = 0 begin
      if exists (select 1
      from [sessions]
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 <> @sid + N'.') begin; throw 52627, N'the sid is taken', 1; end;
      insert into [sessions] ([sid], [session], [expires])
      values (@sid, @sess, @expired);
      end;
      [
        'a',
        '{}                                                                                                                                                                                                                                                              ',
        '2026-01-31T12:00:00.678'
      ]"
    `)
    expect(golden(queries.update!.statement(table, [row]))).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @sid nvarchar(255) = cast(@p0 as nvarchar(255)), @sess nvarchar(max) = rtrim(@p1), @expired datetime2(3) = cast(@p2 as datetime2(3));
      update [sessions]
      set [session] = @sess, [expires] = @expired
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
      if @@rowcount > 0 select @sid as [sid];
      [
        'a',
        '{}                                                                                                                                                                                                                                                              ',
        '2026-01-31T12:00:00.678'
      ]"
    `)
    expect(golden(queries.touch!.statement(table, [row], noon, { durable: true })))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @now datetime2(3) = cast(@p0 as datetime2(3)), @sid nvarchar(255) = cast(@p1 as nvarchar(255)), @expired datetime2(3) = cast(@p2 as datetime2(3));
      update [sessions]
      set [expires] = @expired
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expires] > @now then 1 else 0 end = 1;
      [ '2026-01-31T12:00:00.678', 'a', '2026-01-31T12:00:00.678' ]"
    `)
    expect(golden(queries.destroy!.statement(table, ['a']))).toMatchInlineSnapshot(`
      "delete
      from [sessions] output deleted.[sid] as [sid]
      where [sid] in (cast(@p0 as nvarchar(255))) and ([sid] + N'.') collate Latin1_General_100_BIN2 in (cast(@p1 as nvarchar(255)) + N'.')
      [ 'a', 'a' ]"
    `)
  })

  it('read and prune by its names', () => {
    expect(golden(queries.read!.statement(table, ['a'], noon))).toMatchInlineSnapshot(`
      "select [sid] as [sid], [session] as [sess], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([expires] as datetime2(3))) as [expired]
      from [sessions]
      where [sid] in (cast(@p0 as nvarchar(255))) and case when [expires] > cast(@p1 as datetime2(3)) then 1 else 0 end = 1
      [ 'a', '2026-01-31T12:00:00.678' ]"
    `)
    expect(golden(queries.prune!.statement(table, noon, { limit: 50 }))).toMatchInlineSnapshot(`
      "delete
      from [sessions] with (rowlock, readpast) output datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast(deleted.[expires] as datetime2(3))) as [until]
      where [sid] in (select top (50) [sid]
      from [sessions] with (rowlock, readpast)
      where [expires] <= cast(@p0 as datetime2(3))
      order by [expires]) and [expires] <= cast(@p1 as datetime2(3))
      [ '2026-01-31T12:00:00.678', '2026-01-31T12:00:00.678' ]"
    `)
  })

  it('write seconds through variables that hold them', () => {
    expect(golden(queries.insert!.statement(found('int') as SessionTable, [row], noon)))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @now bigint = cast(@p0 as bigint), @sid nvarchar(255) = cast(@p1 as nvarchar(255)), @sess nvarchar(max) = rtrim(@p2), @expired bigint = cast(@p3 as bigint);
      update [sessions]
      set [session] = @sess, [expires] = @expired
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expires] > @now then 1 else 0 end = 0;
      if @@rowcount = 0 begin
      if exists (select 1
      from [sessions]
      where [sid] = @sid) begin; throw 52627, N'the sid is taken', 1; end;
      insert into [sessions] ([sid], [session], [expires])
      values (@sid, @sess, @expired);
      end;
      [
        '1769860800',
        'a',
        '{}                                                                                                                                                                                                                                                              ',
        '1769860800'
      ]"
    `)
  })
})
