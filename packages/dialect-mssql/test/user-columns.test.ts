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
      "set xact_abort on;
      begin transaction;
      create table [sessions] ([sid] nvarchar(255) collate Latin1_General_100_BIN2 not null primary key, [sess] nvarchar(max) not null, [expired] datetime2(3) not null, [user_id] nvarchar(255) collate Latin1_General_100_BIN2 null, [created_at] datetime2(3) null, [last_seen_at] datetime2(3) null);
      create index [sessions_expired_index] on [sessions] ([expired]);
      create index [sessions_user_id_index] on [sessions] ([user_id]);
      commit transaction;
      []"
    `)
  })

  it.each([
    [{ name: 'user_id', type: 'int', length: 4, nullable: true }, 'of the type int'],
    [{ name: 'user_id', type: 'nvarchar', length: 40, nullable: true }, 'holds 20 characters'],
    [{ name: 'user_id', type: 'nvarchar', length: 510, nullable: false }, 'may not be null'],
  ])('is refused with a user of %j', (column, problem) => {
    const answer = adapter.server!.inspect!.answer([[column]], table)
    expect(answer).toContain("'user_id' of the table 'sessions' (option `userId`) ")
    expect(answer).toContain(problem)
    expect(answer).toMatch(/alter table .*user_id/)
  })

  it('is taken with a user of its own type', () => {
    const column = { name: 'user_id', type: 'nvarchar', length: 510, nullable: true }
    expect(typeof adapter.server!.inspect!.answer([[column]], table)).toBe('object')
  })

  it('gets those that it lacks', () => {
    const missing = table.columns.filter(({ nullable }) => nullable === true)
    expect(adapter.addColumns!(table, missing, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table [sessions] add [user_id] nvarchar(255) collate Latin1_General_100_BIN2 null, [created_at] datetime2(3) null, [last_seen_at] datetime2(3) null
      []
      create index [sessions_user_id_index] on [sessions] ([user_id])
      []"
    `)
    const [, ...some] = missing
    expect(adapter.addColumns!(table, some, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table [sessions] add [created_at] datetime2(3) null, [last_seen_at] datetime2(3) null
      []"
    `)
  })

  it('keeps the time of creation when a row is replaced', () => {
    expect(golden(adapter.upsert(table, rows))).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @rows table (n int not null primary key, sid nvarchar(255) not null, sess nvarchar(max) not null, expired datetime2(3) not null, userId nvarchar(255), createdAt datetime2(3), lastSeenAt datetime2(3));
      declare @n int = 1, @count int = @p0, @sid nvarchar(255), @sess nvarchar(max), @expired datetime2(3), @userId nvarchar(255), @createdAt datetime2(3), @lastSeenAt datetime2(3);
      insert into @rows (n, sid, sess, expired, userId, createdAt, lastSeenAt)
      values
      (1, cast(@p1 as nvarchar(255)), rtrim(@p2), cast(@p3 as datetime2(3)), cast(@p4 as nvarchar(255)), cast(@p5 as datetime2(3)), cast(@p6 as datetime2(3))), (2, cast(@p7 as nvarchar(255)), rtrim(@p8), cast(@p9 as datetime2(3)), cast(@p10 as nvarchar(255)), cast(@p11 as datetime2(3)), cast(@p12 as datetime2(3)));
      select @sid = [sid], @sess = [sess], @expired = [expired], @userId = [user_id], @createdAt = [created_at], @lastSeenAt = [last_seen_at]
      from [sessions]
      where [sid] = N'';
      begin transaction;
      while @n <= @count begin
      select @sid = sid, @sess = sess, @expired = expired, @userId = userId, @createdAt = createdAt, @lastSeenAt = lastSeenAt
      from @rows
      where n = @n;
      update [sessions]
      set [sess] = @sess, [expired] = @expired, [user_id] = @userId, [last_seen_at] = @lastSeenAt
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
      if @@rowcount = 0 begin
      if exists (select 1
      from [sessions]
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 <> @sid + N'.') begin; throw 52627, N'the sid is taken', 1; end;
      insert into [sessions] ([sid], [sess], [expired], [user_id], [created_at], [last_seen_at])
      values (@sid, @sess, @expired, @userId, @createdAt, @lastSeenAt);
      end;
      set @n = @n + 1;
      end;
      commit transaction;
      [
        2,
        's0',
        '{"n":0}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.678',
        'ann',
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678',
        's1',
        '{"n":1}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.679',
        null,
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678'
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @rows table (n int not null primary key, sid nvarchar(255) not null, sess nvarchar(max) not null, expired datetime2(3) not null, userId nvarchar(255), createdAt datetime2(3), lastSeenAt datetime2(3));
      declare @n int = 1, @count int = @p0, @sid nvarchar(255), @sess nvarchar(max), @expired datetime2(3), @userId nvarchar(255), @createdAt datetime2(3), @lastSeenAt datetime2(3);
      insert into @rows (n, sid, sess, expired, userId, createdAt, lastSeenAt)
      values
      (1, cast(@p1 as nvarchar(255)), rtrim(@p2), cast(@p3 as datetime2(3)), cast(@p4 as nvarchar(255)), cast(@p5 as datetime2(3)), cast(@p6 as datetime2(3))), (2, cast(@p7 as nvarchar(255)), rtrim(@p8), cast(@p9 as datetime2(3)), cast(@p10 as nvarchar(255)), cast(@p11 as datetime2(3)), cast(@p12 as datetime2(3)));
      select @sid = [sid], @sess = [sess], @expired = [expired], @userId = [user_id], @createdAt = [created_at], @lastSeenAt = [last_seen_at]
      from [sessions]
      where [sid] = N'';
      begin transaction;
      while @n <= @count begin
      select @sid = sid, @sess = sess, @expired = expired, @userId = userId, @createdAt = createdAt, @lastSeenAt = lastSeenAt
      from @rows
      where n = @n;
      update [sessions]
      set [sess] = @sess, [expired] = @expired, [user_id] = @userId, [last_seen_at] = @lastSeenAt
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
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
        's0',
        '{"n":0}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.678',
        'ann',
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678',
        's1',
        '{"n":1}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.679',
        null,
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678'
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @sid nvarchar(255) = cast(@p0 as nvarchar(255)), @sess nvarchar(max) = rtrim(@p1), @expired datetime2(3) = cast(@p2 as datetime2(3)), @userId nvarchar(255) = cast(@p3 as nvarchar(255)), @createdAt datetime2(3) = cast(@p4 as datetime2(3)), @lastSeenAt datetime2(3) = cast(@p5 as datetime2(3));
      update [sessions]
      set [sess] = @sess, [expired] = @expired, [user_id] = @userId, [last_seen_at] = @lastSeenAt
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.';
      if @@rowcount > 0 select @sid as [sid];
      [
        's0',
        '{"n":0}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.678',
        'ann',
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678'
      ]"
    `)
  })

  it('has another one where a new session takes the place of an expired one', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows, now))).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @rows table (n int not null primary key, sid nvarchar(255) not null, sess nvarchar(max) not null, expired datetime2(3) not null, userId nvarchar(255), createdAt datetime2(3), lastSeenAt datetime2(3));
      declare @n int = 1, @count int = @p0, @now datetime2(3) = cast(@p1 as datetime2(3)), @sid nvarchar(255), @sess nvarchar(max), @expired datetime2(3), @userId nvarchar(255), @createdAt datetime2(3), @lastSeenAt datetime2(3);
      insert into @rows (n, sid, sess, expired, userId, createdAt, lastSeenAt)
      values
      (1, cast(@p2 as nvarchar(255)), rtrim(@p3), cast(@p4 as datetime2(3)), cast(@p5 as nvarchar(255)), cast(@p6 as datetime2(3)), cast(@p7 as datetime2(3))), (2, cast(@p8 as nvarchar(255)), rtrim(@p9), cast(@p10 as datetime2(3)), cast(@p11 as nvarchar(255)), cast(@p12 as datetime2(3)), cast(@p13 as datetime2(3)));
      select @sid = [sid], @sess = [sess], @expired = [expired], @userId = [user_id], @createdAt = [created_at], @lastSeenAt = [last_seen_at]
      from [sessions]
      where [sid] = N'';
      begin transaction;
      while @n <= @count begin
      select @sid = sid, @sess = sess, @expired = expired, @userId = userId, @createdAt = createdAt, @lastSeenAt = lastSeenAt
      from @rows
      where n = @n;
      update [sessions]
      set [sess] = @sess, [expired] = @expired, [user_id] = @userId, [created_at] = @createdAt, [last_seen_at] = @lastSeenAt
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expired] > @now then 1 else 0 end = 0;
      if @@rowcount = 0 begin
      if exists (select 1
      from [sessions]
      where [sid] = @sid) begin; throw 52627, N'the sid is taken', 1; end;
      insert into [sessions] ([sid], [sess], [expired], [user_id], [created_at], [last_seen_at])
      values (@sid, @sess, @expired, @userId, @createdAt, @lastSeenAt);
      end;
      set @n = @n + 1;
      end;
      commit transaction;
      [
        2,
        '2026-01-31T12:00:00.678',
        's0',
        '{"n":0}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.678',
        'ann',
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678',
        's1',
        '{"n":1}                                                                                                                                                                                                                                                         ',
        '2026-01-31T12:00:00.679',
        null,
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678'
      ]"
    `)
  })

  it('writes by a touch when the session was seen', () => {
    const options = { durable: true }
    expect(golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, options)))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @now datetime2(3) = cast(@p0 as datetime2(3)), @sid nvarchar(255) = cast(@p1 as nvarchar(255)), @expired datetime2(3) = cast(@p2 as datetime2(3)), @lastSeenAt datetime2(3) = cast(@p3 as datetime2(3));
      update [sessions]
      set [expired] = @expired, [last_seen_at] = @lastSeenAt
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expired] > @now then 1 else 0 end = 1;
      [ '2026-01-31T12:00:00.678', 's0', '2026-01-31T12:00:00.678', '2026-01-31T12:00:00.678' ]"
    `)
    expect(golden(adapter.queries!.touch!.statement(table, rows, now, options)))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @rows table (n int not null primary key, sid nvarchar(255) not null, expired datetime2(3) not null, lastSeenAt datetime2(3));
      declare @n int = 1, @count int = @p0, @now datetime2(3) = cast(@p1 as datetime2(3)), @sid nvarchar(255), @expired datetime2(3), @lastSeenAt datetime2(3);
      insert into @rows (n, sid, expired, lastSeenAt)
      values
      (1, cast(@p2 as nvarchar(255)), cast(@p3 as datetime2(3)), cast(@p4 as datetime2(3))), (2, cast(@p5 as nvarchar(255)), cast(@p6 as datetime2(3)), cast(@p7 as datetime2(3)));
      select @sid = [sid], @expired = [expired], @lastSeenAt = [last_seen_at]
      from [sessions]
      where [sid] = N'';
      begin transaction;
      while @n <= @count begin
      select @sid = sid, @expired = expired, @lastSeenAt = lastSeenAt
      from @rows
      where n = @n;
      update [sessions]
      set [expired] = @expired, [last_seen_at] = @lastSeenAt
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expired] > @now then 1 else 0 end = 1;
      set @n = @n + 1;
      end;
      commit transaction;
      [
        2,
        '2026-01-31T12:00:00.678',
        's0',
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678',
        's1',
        '2026-01-31T12:00:00.679',
        '2026-01-31T12:00:00.678'
      ]"
    `)
  })

  it('is read with them', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['s0'], now))).toMatchInlineSnapshot(`
      "select [sid] as [sid], [sess] as [sess], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([expired] as datetime2(3))) as [expired], [user_id] as [userId], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([created_at] as datetime2(3))) as [createdAt], datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast([last_seen_at] as datetime2(3))) as [lastSeenAt]
      from [sessions]
      where [sid] in (cast(@p0 as nvarchar(255))) and case when [expired] > cast(@p1 as datetime2(3)) then 1 else 0 end = 1
      [ 's0', '2026-01-31T12:00:00.678' ]"
    `)
  })
})
