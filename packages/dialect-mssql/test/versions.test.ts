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
      "alter table [sessions] add [created_at] datetime2(3) null, [version] nvarchar(32) null
      []"
    `)
  })

  it('has a row updated only over the version that it was made from', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @sid nvarchar(255) = cast(@p0 as nvarchar(255)), @sess nvarchar(max) = rtrim(@p1), @expired datetime2(3) = cast(@p2 as datetime2(3)), @createdAt datetime2(3) = cast(@p3 as datetime2(3)), @version nvarchar(32) = cast(@p4 as nvarchar(32));
      update [sessions]
      set [sess] = @sess, [expired] = @expired, [created_at] = @createdAt, [version] = @version
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and coalesce([version], '0000000000000000') like substring(@version, 17, 16) + N'%';
      if @@rowcount > 0 select @sid as [sid];
      [
        'a',
        '{"of":"a"}                                                                                                                                                                                                                                                      ',
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678',
        'aaaaaaaaaaaaaaaa0123456789abcdef'
      ]"
    `)
  })

  it('has several rows updated likewise, each over its own', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @rows table (n int not null primary key, sid nvarchar(255) not null, sess nvarchar(max) not null, expired datetime2(3) not null, createdAt datetime2(3), version nvarchar(32));
      declare @n int = 1, @count int = @p0, @sid nvarchar(255), @sess nvarchar(max), @expired datetime2(3), @createdAt datetime2(3), @version nvarchar(32);
      insert into @rows (n, sid, sess, expired, createdAt, version)
      values
      (1, cast(@p1 as nvarchar(255)), rtrim(@p2), cast(@p3 as datetime2(3)), cast(@p4 as datetime2(3)), cast(@p5 as nvarchar(32))), (2, cast(@p6 as nvarchar(255)), rtrim(@p7), cast(@p8 as datetime2(3)), cast(@p9 as datetime2(3)), cast(@p10 as nvarchar(32)));
      select @sid = [sid], @sess = [sess], @expired = [expired], @createdAt = [created_at], @version = [version]
      from [sessions]
      where [sid] = N'';
      begin transaction;
      while @n <= @count begin
      select @sid = sid, @sess = sess, @expired = expired, @createdAt = createdAt, @version = version
      from @rows
      where n = @n;
      update [sessions]
      set [sess] = @sess, [expired] = @expired, [created_at] = @createdAt, [version] = @version
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and coalesce([version], '0000000000000000') like substring(@version, 17, 16) + N'%';
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
        '{"of":"a"}                                                                                                                                                                                                                                                      ',
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678',
        'aaaaaaaaaaaaaaaa0123456789abcdef',
        'b',
        '{"of":"b"}                                                                                                                                                                                                                                                      ',
        '2026-01-31T12:00:00.678',
        '2026-01-31T12:00:00.678',
        'bbbbbbbbbbbbbbbb0123456789abcdef'
      ]"
    `)
  })

  it('has the creation written by every touch', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "set nocount on;
      set xact_abort on;
      declare @now datetime2(3) = cast(@p0 as datetime2(3)), @sid nvarchar(255) = cast(@p1 as nvarchar(255)), @expired datetime2(3) = cast(@p2 as datetime2(3)), @createdAt datetime2(3) = cast(@p3 as datetime2(3));
      update [sessions]
      set [expired] = @expired, [created_at] = @createdAt
      where [sid] = @sid and ([sid] + N'.') collate Latin1_General_100_BIN2 = @sid + N'.' and case when [expired] > @now then 1 else 0 end = 1;
      [ '2026-01-31T12:00:00.678', 'a', '2026-01-31T12:00:00.678', '2026-01-31T12:00:00.678' ]"
    `)
  })
})
