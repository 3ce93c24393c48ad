import { paddedCount, sessionTable, toEpochMs } from '@knex-session/core/dialect'
import { hostile, many, now, rows, table } from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { golden, native } from './golden.js'

const durable = { durable: true }

/** Blanks at the end of bindings, which are there to make texts equally long, as their number. */
const counted = (text: string): string =>
  text.replace(/ {9,}/g, (blanks) => `<${blanks.length} blanks>`)

describe('whether connections commit by themselves', () => {
  it('is told by the setting for implicit transactions', () => {
    expect(golden(adapter.server!.commits!.statement(table))).toMatchInlineSnapshot(`
      "select @@options & 2 as [implicit]
      []"
    `)
    expect([0, 2, null].map((implicit) => adapter.server!.commits!.answer([{ implicit }]))).toEqual(
      [true, false, true],
    )
  })
})

describe('the table', () => {
  it('is made with a sid that is compared code by code and an index on the expiry', () => {
    expect(adapter.createTable(table, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "set xact_abort on;
      begin transaction;
      create table [sessions] ([sid] nvarchar(255) collate Latin1_General_100_BIN2 not null primary key, [sess] nvarchar(max) not null, [expired] datetime2(3) not null);
      create index [sessions_expired_index] on [sessions] ([expired]);
      commit transaction;
      []"
    `)
  })

  it('takes hostile names', () => {
    expect(adapter.createTable(hostile, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "set xact_abort on;
      begin transaction;
      create table [auth].[user-sessions] ([SessionId] nvarchar(255) collate Latin1_General_100_BIN2 not null primary key, [sess] nvarchar(max) not null, [expired] datetime2(3) not null);
      create index [user_sessions_expired_index] on [auth].[user-sessions] ([expired]);
      commit transaction;
      []"
    `)
    expect(golden(adapter.createTable(sessionTable({ tableName: 'or]der' }), {})[0]!))
      .toMatchInlineSnapshot(`
      "set xact_abort on;
      begin transaction;
      create table [or]]der] ([sid] nvarchar(255) collate Latin1_General_100_BIN2 not null primary key, [sess] nvarchar(max) not null, [expired] datetime2(3) not null);
      create index [or]]der_expired_index] on [or]]der] ([expired]);
      commit transaction;
      []"
    `)
  })
})

describe('an upsert', () => {
  it('updates the row, and inserts where nothing was updated, in one transaction', () => {
    expect(counted(golden(adapter.upsert(table, rows.slice(0, 1))))).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @sid nvarchar(255) = cast(@p0 as nvarchar(255)), @sess nvarchar(max) = rtrim(@p1), @expired datetime2(3) = cast(@p2 as datetime2(3));
      update [sessions]
      set [sess] = @sess, [expired] = @expired
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
      if @@rowcount = 0 begin
      if exists (select 1
      from [sessions]
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 <> @sid + N'.') begin; throw 52627, N'the sid is taken', 1; end;
      insert into [sessions] ([sid], [sess], [expired])
      values (@sid, @sess, @expired);
      end;
      [
        'a',
        '{"n":0}<249 blanks>',
        '2026-01-31T12:00:00.678'
      ]"
    `)
  })

  it('takes several rows into the table variable', () => {
    expect(counted(golden(adapter.upsert(table, rows.slice(0, 2))))).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @rows table (n int not null primary key, sid nvarchar(255) not null, sess nvarchar(max) not null, expired datetime2(3) not null);
      declare @n int = 1, @count int = @p0, @sid nvarchar(255), @sess nvarchar(max), @expired datetime2(3);
      insert into @rows (n, sid, sess, expired)
      values
      (1, cast(@p1 as nvarchar(255)), rtrim(@p2), cast(@p3 as datetime2(3))), (2, cast(@p4 as nvarchar(255)), rtrim(@p5), cast(@p6 as datetime2(3)));
      select @sid = [sid], @sess = [sess], @expired = [expired]
      from [sessions]
      where [sid] = N'';
      begin transaction;
      while @n <= @count begin
      select @sid = sid, @sess = sess, @expired = expired
      from @rows
      where n = @n;
      update [sessions]
      set [sess] = @sess, [expired] = @expired
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
      if @@rowcount = 0 begin
      if exists (select 1
      from [sessions]
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 <> @sid + N'.') begin; throw 52627, N'the sid is taken', 1; end;
      insert into [sessions] ([sid], [sess], [expired])
      values (@sid, @sess, @expired);
      end;
      set @n = @n + 1;
      end;
      commit transaction;
      [
        2,
        'a',
        '{"n":0}<249 blanks>',
        '2026-01-31T12:00:00.678',
        'b',
        '{"n":1}<249 blanks>',
        '2026-01-31T12:00:00.679'
      ]"
    `)
  })

  it('is filled up to one of few sizes with copies of the last row, which the count leaves out', () => {
    const [seven, eight] = [
      native(adapter.upsert(table, many(7))),
      native(adapter.upsert(table, many(8))),
    ]
    expect(seven.sql).toBe(eight.sql)
    expect([seven.bindings[0], eight.bindings[0]]).toEqual([7, 8])
    expect(seven.bindings.slice(-3)).toEqual(['sid-6', ' '.repeat(256), '2026-01-31T12:00:00.678'])
  })

  it('numbers the rows', () => {
    const { sql } = native(adapter.upsert(table, rows))
    expect(sql.split('\n').find((line) => line.startsWith('(1,'))).toMatch(
      /^\(1, cast\(@p1 as .*\), \(2, cast\(@p4 as .*\), \(3, cast\(@p7 as nvarchar\(255\)\), rtrim\(@p8\), cast\(@p9 as datetime2\(3\)\)\)/,
    )
  })

  it('takes hostile names', () => {
    expect(counted(golden(adapter.upsert(hostile, rows.slice(0, 1))))).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @sid nvarchar(255) = cast(@p0 as nvarchar(255)), @sess nvarchar(max) = rtrim(@p1), @expired datetime2(3) = cast(@p2 as datetime2(3));
      update [auth].[user-sessions]
      set [sess] = @sess, [expired] = @expired
      where [SessionId] = @sid and ([SessionId] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
      if @@rowcount = 0 begin
      if exists (select 1
      from [auth].[user-sessions]
      where [SessionId] = @sid and ([SessionId] + N'.') collate Latin1_General_100_BIN2 <> @sid + N'.') begin; throw 52627, N'the sid is taken', 1; end;
      insert into [auth].[user-sessions] ([SessionId], [sess], [expired])
      values (@sid, @sess, @expired);
      end;
      [
        'a',
        '{"n":0}<249 blanks>',
        '2026-01-31T12:00:00.678'
      ]"
    `)
  })
})

describe('an update', () => {
  it('writes a row that is there', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @sid nvarchar(255) = cast(@p0 as nvarchar(255)), @sess nvarchar(max) = rtrim(@p1), @expired datetime2(3) = cast(@p2 as datetime2(3));
      update [sessions]
      set [sess] = @sess, [expired] = @expired
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
      if @@rowcount > 0 select @sid as [sid];
      [
        'a',
        '{"n":0}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.678'
      ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.update!.statement(hostile, rows.slice(0, 2))))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @rows table (n int not null primary key, sid nvarchar(255) not null, sess nvarchar(max) not null, expired datetime2(3) not null);
      declare @n int = 1, @count int = @p0, @sid nvarchar(255), @sess nvarchar(max), @expired datetime2(3);
      insert into @rows (n, sid, sess, expired)
      values
      (1, cast(@p1 as nvarchar(255)), rtrim(@p2), cast(@p3 as datetime2(3))), (2, cast(@p4 as nvarchar(255)), rtrim(@p5), cast(@p6 as datetime2(3)));
      select @sid = [SessionId], @sess = [sess], @expired = [expired]
      from [auth].[user-sessions]
      where [SessionId] = N'';
      begin transaction;
      while @n <= @count begin
      select @sid = sid, @sess = sess, @expired = expired
      from @rows
      where n = @n;
      update [auth].[user-sessions]
      set [sess] = @sess, [expired] = @expired
      where [SessionId] = @sid and ([SessionId] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
      if @@rowcount = 0 delete
      from @rows
      where n = @n;
      set @n = @n + 1;
      end;
      commit transaction;
      select sid as [sid]
      from @rows
      where n <= @count;
      [
        2,
        'a',
        '{"n":0}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.678',
        'b',
        '{"n":1}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.679'
      ]"
    `)
    expect(adapter.queries!.update!.answer([{ sid: 'a' }, { sid: 'b' }])).toEqual(['a', 'b'])
  })
})

describe('an insert', () => {
  it('writes a new row', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows.slice(0, 1), now)))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @now datetime2(3) = cast(@p0 as datetime2(3)), @sid nvarchar(255) = cast(@p1 as nvarchar(255)), @sess nvarchar(max) = rtrim(@p2), @expired datetime2(3) = cast(@p3 as datetime2(3));
      update [sessions]
      set [sess] = @sess, [expired] = @expired
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expired] > @now then 1 else 0 end = 0;
      if @@rowcount = 0 begin
      if exists (select 1
      from [sessions]
      where [sid] = @sid) begin; throw 52627, N'the sid is taken', 1; end;
      insert into [sessions] ([sid], [sess], [expired])
      values (@sid, @sess, @expired);
      end;
      [
        '2026-01-31T12:00:00.678',
        'a',
        '{"n":0}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.678'
      ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.insert!.statement(hostile, rows.slice(0, 2), now)))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @rows table (n int not null primary key, sid nvarchar(255) not null, sess nvarchar(max) not null, expired datetime2(3) not null);
      declare @n int = 1, @count int = @p0, @now datetime2(3) = cast(@p1 as datetime2(3)), @sid nvarchar(255), @sess nvarchar(max), @expired datetime2(3);
      insert into @rows (n, sid, sess, expired)
      values
      (1, cast(@p2 as nvarchar(255)), rtrim(@p3), cast(@p4 as datetime2(3))), (2, cast(@p5 as nvarchar(255)), rtrim(@p6), cast(@p7 as datetime2(3)));
      select @sid = [SessionId], @sess = [sess], @expired = [expired]
      from [auth].[user-sessions]
      where [SessionId] = N'';
      begin transaction;
      while @n <= @count begin
      select @sid = sid, @sess = sess, @expired = expired
      from @rows
      where n = @n;
      update [auth].[user-sessions]
      set [sess] = @sess, [expired] = @expired
      where [SessionId] = @sid and ([SessionId] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expired] > @now then 1 else 0 end = 0;
      if @@rowcount = 0 begin
      if exists (select 1
      from [auth].[user-sessions]
      where [SessionId] = @sid) begin; throw 52627, N'the sid is taken', 1; end;
      insert into [auth].[user-sessions] ([SessionId], [sess], [expired])
      values (@sid, @sess, @expired);
      end;
      set @n = @n + 1;
      end;
      commit transaction;
      [
        2,
        '2026-01-31T12:00:00.678',
        'a',
        '{"n":0}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.678',
        'b',
        '{"n":1}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.679'
      ]"
    `)
  })
})

describe('a touch', () => {
  it('moves the expiry of a live row', () => {
    expect(golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, durable)))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @now datetime2(3) = cast(@p0 as datetime2(3)), @sid nvarchar(255) = cast(@p1 as nvarchar(255)), @expired datetime2(3) = cast(@p2 as datetime2(3));
      update [sessions]
      set [expired] = @expired
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expired] > @now then 1 else 0 end = 1;
      [ '2026-01-31T12:00:00.678', 'a', '2026-01-31T12:00:00.678' ]"
    `)
  })

  it('moves each row to its own expiry, under hostile names too', () => {
    expect(golden(adapter.queries!.touch!.statement(hostile, rows.slice(0, 2), now, durable)))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @rows table (n int not null primary key, sid nvarchar(255) not null, expired datetime2(3) not null);
      declare @n int = 1, @count int = @p0, @now datetime2(3) = cast(@p1 as datetime2(3)), @sid nvarchar(255), @expired datetime2(3);
      insert into @rows (n, sid, expired)
      values
      (1, cast(@p2 as nvarchar(255)), cast(@p3 as datetime2(3))), (2, cast(@p4 as nvarchar(255)), cast(@p5 as datetime2(3)));
      select @sid = [SessionId], @expired = [expired]
      from [auth].[user-sessions]
      where [SessionId] = N'';
      begin transaction;
      while @n <= @count begin
      select @sid = sid, @expired = expired
      from @rows
      where n = @n;
      update [auth].[user-sessions]
      set [expired] = @expired
      where [SessionId] = @sid and ([SessionId] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expired] > @now then 1 else 0 end = 1;
      set @n = @n + 1;
      end;
      commit transaction;
      [ 2, '2026-01-31T12:00:00.678', 'a', '2026-01-31T12:00:00.678', 'b', '2026-01-31T12:00:00.679' ]"
    `)
  })

  it('is the same when it need not be durable', () => {
    expect(adapter.queries!.touch!.statement(table, rows, now, { durable: false })).toEqual(
      adapter.queries!.touch!.statement(table, rows, now, durable),
    )
  })
})

describe('a read', () => {
  it('finds one live row by primary key', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['a'], now))).toMatchInlineSnapshot(`
      "select [sid] as [sid], [sess] as [sess], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([expired] as datetime2(3))) as [expired]
      from [sessions]
      where [sid] in (cast(@p0 as nvarchar(255))) and case when [expired] > cast(@p1 as datetime2(3)) then 1 else 0 end = 1
      [ 'a', '2026-01-31T12:00:00.678' ]"
    `)
  })

  it('finds several, under hostile names too', () => {
    expect(golden(adapter.queries!.read!.statement(hostile, ['a', 'b'], now)))
      .toMatchInlineSnapshot(`
      "select [SessionId] as [sid], [sess] as [sess], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([expired] as datetime2(3))) as [expired]
      from [auth].[user-sessions]
      where [SessionId] in (cast(@p0 as nvarchar(255)), cast(@p1 as nvarchar(255))) and case when [expired] > cast(@p2 as datetime2(3)) then 1 else 0 end = 1
      [ 'a', 'b', '2026-01-31T12:00:00.678' ]"
    `)
  })

  it('has a list filled up to one of few sizes with copies of the last id', () => {
    const sids = many(8).map(({ sid }) => sid)
    const [seven, eight] = [
      adapter.queries!.read!.statement(table, sids.slice(0, 7), now),
      adapter.queries!.read!.statement(table, sids, now),
    ]
    expect(seven.sql).toBe(eight.sql)
    expect(seven.bindings.slice(-3)).toEqual(['sid-6', 'sid-6', '2026-01-31T12:00:00.678'])
  })

  it('takes what knex.raw resolves to for its rows', () => {
    expect(adapter.queries!.read!.answer([{ sid: 'a' }])).toEqual([{ sid: 'a' }])
  })

  it('is refused where an option of the driver gave its columns other names', () => {
    expect(() => adapter.queries!.read!.answer([{ SID: 'a' }])).toThrow(
      /^\[knex-session\] \[mssql\] .*`columnNameReplacer`/,
    )
  })
})

describe('a destroy', () => {
  it('reports which rows there were, by ids that are equal byte for byte', () => {
    expect(golden(adapter.queries!.destroy!.statement(table, ['a']))).toMatchInlineSnapshot(`
      "delete
      from [sessions] output deleted.[sid] as [sid]
      where [sid] in (cast(@p0 as nvarchar(255))) and ([sid] + N'.') collate Latin1_General_100_BIN2 in (cast(@p1 as nvarchar(255)) + N'.')
      [ 'a', 'a' ]"
    `)
    expect(golden(adapter.queries!.destroy!.statement(hostile, ['a', 'b']))).toMatchInlineSnapshot(`
      "delete
      from [auth].[user-sessions] output deleted.[SessionId] as [sid]
      where [SessionId] in (cast(@p0 as nvarchar(255)), cast(@p1 as nvarchar(255))) and ([SessionId] + N'.') collate Latin1_General_100_BIN2 in (cast(@p2 as nvarchar(255)) + N'.', cast(@p3 as nvarchar(255)) + N'.')
      [ 'a', 'b', 'a', 'b' ]"
    `)
    expect(adapter.queries!.destroy!.answer([{ sid: 'a' }, { sid: 'b' }])).toEqual(['a', 'b'])
  })

  it('has lists filled up to one of few sizes with copies of the last id', () => {
    const sids = many(8).map(({ sid }) => sid)
    const [seven, eight] = [
      adapter.queries!.destroy!.statement(table, sids.slice(0, 7)),
      adapter.queries!.destroy!.statement(table, sids),
    ]
    expect(seven.sql).toBe(eight.sql)
    expect(seven.bindings.filter((sid) => sid === 'sid-6')).toHaveLength(4)
  })
})

describe('a prune', () => {
  it('deletes what expired first and passes over locked rows', () => {
    expect(golden(adapter.queries!.prune!.statement(table, now, { limit: 50 })))
      .toMatchInlineSnapshot(`
      "delete
      from [sessions] with (rowlock, readpast) output datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast(deleted.[expired] as datetime2(3))) as [until]
      where [sid] in (select top (50) [sid]
      from [sessions] with (rowlock, readpast)
      where [expired] <= cast(@p0 as datetime2(3))
      order by [expired]) and [expired] <= cast(@p1 as datetime2(3))
      [ '2026-01-31T12:00:00.678', '2026-01-31T12:00:00.678' ]"
    `)
  })

  it('begins where the one before ended, under hostile names too', () => {
    expect(
      golden(
        adapter.queries!.prune!.statement(hostile, now, {
          limit: 50,
          from: toEpochMs(now - 5_000),
        }),
      ),
    ).toMatchInlineSnapshot(`
      "delete
      from [auth].[user-sessions] with (rowlock, readpast) output datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast(deleted.[expired] as datetime2(3))) as [until]
      where [SessionId] in (select top (50) [SessionId]
      from [auth].[user-sessions] with (rowlock, readpast)
      where [expired] <= cast(@p0 as datetime2(3)) and [expired] >= cast(@p1 as datetime2(3))
      order by [expired]) and [expired] <= cast(@p2 as datetime2(3))
      [ '2026-01-31T12:00:00.678', '2026-01-31T11:59:55.678', '2026-01-31T12:00:00.678' ]"
    `)
  })

  it('reports how many rows it deleted, and the latest of their expiries', () => {
    expect(adapter.queries!.prune!.answer([])).toEqual({ removed: 0 })
    expect(
      adapter.queries!.prune!.answer([{ until: '5' }, { until: '7' }, { until: '6' }]),
    ).toEqual({ removed: 3, until: 7 })
  })
})

describe('every statement', () => {
  const statements = [1, 3, adapter.limits.rows].flatMap((count) => [
    adapter.upsert(hostile, many(count)),
    adapter.queries!.touch!.statement(hostile, many(count), now, durable),
  ])
  const reads = [1, 3, adapter.limits.sids].map((count) =>
    adapter.queries!.read!.statement(
      hostile,
      many(count).map(({ sid }) => sid),
      now,
    ),
  )

  const others = [1, 3, adapter.limits.sids].map((count) =>
    adapter.queries!.destroy!.statement(
      hostile,
      many(count).map(({ sid }) => sid),
    ),
  )
  const prunes = [undefined, now].map((from) =>
    adapter.queries!.prune!.statement(hostile, now, { limit: 50, ...(from && { from }) }),
  )

  it.each(
    [...statements, ...reads, ...others, ...prunes].map(
      (statement) => [statement.bindings.length, statement] as const,
    ),
  )(
    'has a parameter for each of its %i bindings, and no more than a request takes',
    (count, statement) => {
      const { sql, bindings } = native(statement)
      expect(new Set(sql.match(/@p\d+/g))).toEqual(
        new Set(bindings.map((_, index) => `@p${index}`)),
      )
      expect(bindings).toHaveLength(count)
      // 2,100 less the text and the declarations that sp_executesql takes.
      expect(count).toBeLessThanOrEqual(2_098)
    },
  )

  it('has a full size that padding leaves as it is, so that texts repeat', () => {
    for (const limit of [adapter.limits.rows, adapter.limits.sids])
      expect(paddedCount(limit, Infinity)).toBe(limit)
  })
})
