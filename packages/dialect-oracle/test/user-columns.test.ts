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
      "begin
      execute immediate 'create table "sessions" ("sid" varchar2(255 char) not null primary key, "sess" clob not null, "expired" timestamp(3) with time zone not null, "user_id" varchar2(255 char), "created_at" timestamp(3) with time zone, "last_seen_at" timestamp(3) with time zone)';
      execute immediate 'create index "sessions_expired_index" on "sessions" ("expired")';
      execute immediate 'create index "sessions_user_id_index" on "sessions" ("user_id")';
      end;
      []"
    `)
  })

  it.each([
    [{ name: 'user_id', type: 'NUMBER', length: 0, nullable: 'Y' }, 'of the type NUMBER'],
    [{ name: 'user_id', type: 'VARCHAR2', length: 20, nullable: 'Y' }, 'holds 20 characters'],
    [{ name: 'user_id', type: 'VARCHAR2', length: 255, nullable: 'N' }, 'may not be null'],
  ])('is refused with a user of %j', (column, problem) => {
    const answer = adapter.server!.inspect!.answer([[column]], table)
    expect(answer).toContain("'user_id' of the table 'sessions' (option `userId`) ")
    expect(answer).toContain(problem)
    expect(answer).toMatch(/alter table .*user_id/)
  })

  it('is taken with a user of its own type', () => {
    const column = { name: 'user_id', type: 'VARCHAR2', length: 255, nullable: 'Y' }
    expect(typeof adapter.server!.inspect!.answer([[column]], table)).toBe('object')
  })

  it('gets those that it lacks', () => {
    const missing = table.columns.filter(({ nullable }) => nullable === true)
    expect(adapter.addColumns!(table, missing, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table "sessions" add ("user_id" varchar2(255 char), "created_at" timestamp(3) with time zone, "last_seen_at" timestamp(3) with time zone)
      []
      create index "sessions_user_id_index" on "sessions" ("user_id")
      []"
    `)
    const [, ...some] = missing
    expect(adapter.addColumns!(table, some, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "alter table "sessions" add ("created_at" timestamp(3) with time zone, "last_seen_at" timestamp(3) with time zone)
      []"
    `)
  })

  it('keeps the time of creation when a row is replaced', () => {
    expect(golden(adapter.upsert(table, rows))).toMatchInlineSnapshot(`
      "declare
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_sess "sessions"."sess"%type, p_expired "sessions"."expired"%type, p_userId "sessions"."user_id"%type, p_createdAt "sessions"."created_at"%type, p_lastSeenAt "sessions"."last_seen_at"%type) is begin
      if p_sid is null then return; end if;
      for attempt in 1 .. 3 loop
      update "sessions"
      set "sess" = p_sess, "expired" = p_expired, "user_id" = p_userId, "last_seen_at" = p_lastSeenAt
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY');
      if sql%rowcount > 0 then return; end if;
      begin
      insert into "sessions" ("sid", "sess", "expired", "user_id", "created_at", "last_seen_at")
      values (p_sid, p_sess, p_expired, p_userId, p_createdAt, p_lastSeenAt);
      return;
      exception when dup_val_on_index then null;
      end;
      end loop;
      raise_application_error(-20627, 'another unique key');
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:1, :2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :4, to_timestamp_tz(:5, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:6, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      knex_session_row(:7, :8, to_timestamp_tz(:9, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :10, to_timestamp_tz(:11, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:12, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [
        's0',
        '{"n":0}',
        '2026-01-31T12:00:00.678+00:00',
        'ann',
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00',
        's1',
        '{"n":1}',
        '2026-01-31T12:00:00.679+00:00',
        null,
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00'
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "declare
      knex_session_found pls_integer := 0;
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_sess "sessions"."sess"%type, p_expired "sessions"."expired"%type, p_userId "sessions"."user_id"%type, p_createdAt "sessions"."created_at"%type, p_lastSeenAt "sessions"."last_seen_at"%type) is begin
      if p_sid is null then return; end if;
      update "sessions"
      set "sess" = p_sess, "expired" = p_expired, "user_id" = p_userId, "last_seen_at" = p_lastSeenAt
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY');
      knex_session_found := knex_session_found + sql%rowcount;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:1, :2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :4, to_timestamp_tz(:5, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:6, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      knex_session_row(:7, :8, to_timestamp_tz(:9, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :10, to_timestamp_tz(:11, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:12, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      :13 := knex_session_found;
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [
        's0',
        '{"n":0}',
        '2026-01-31T12:00:00.678+00:00',
        'ann',
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00',
        's1',
        '{"n":1}',
        '2026-01-31T12:00:00.679+00:00',
        null,
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00',
        { dir: 3002, val: 0 }
      ]"
    `)
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "declare
      knex_session_found pls_integer := 0;
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_sess "sessions"."sess"%type, p_expired "sessions"."expired"%type, p_userId "sessions"."user_id"%type, p_createdAt "sessions"."created_at"%type, p_lastSeenAt "sessions"."last_seen_at"%type) is begin
      if p_sid is null then return; end if;
      update "sessions"
      set "sess" = p_sess, "expired" = p_expired, "user_id" = p_userId, "last_seen_at" = p_lastSeenAt
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY');
      knex_session_found := knex_session_found + sql%rowcount;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:1, :2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :4, to_timestamp_tz(:5, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:6, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      :7 := knex_session_found;
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [
        's0',
        '{"n":0}',
        '2026-01-31T12:00:00.678+00:00',
        'ann',
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00',
        { dir: 3002, val: 0 }
      ]"
    `)
  })

  it('has another one where a new session takes the place of an expired one', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows, now))).toMatchInlineSnapshot(`
      "declare
      p_now "sessions"."expired"%type := to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM');
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_sess "sessions"."sess"%type, p_expired "sessions"."expired"%type, p_userId "sessions"."user_id"%type, p_createdAt "sessions"."created_at"%type, p_lastSeenAt "sessions"."last_seen_at"%type) is begin
      if p_sid is null then return; end if;
      for attempt in 1 .. 3 loop
      update "sessions"
      set "sess" = p_sess, "expired" = p_expired, "user_id" = p_userId, "created_at" = p_createdAt, "last_seen_at" = p_lastSeenAt
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and case when "expired" > p_now then 1 else 0 end = 0;
      if sql%rowcount > 0 then return; end if;
      begin
      insert into "sessions" ("sid", "sess", "expired", "user_id", "created_at", "last_seen_at")
      values (p_sid, p_sess, p_expired, p_userId, p_createdAt, p_lastSeenAt);
      return;
      exception when dup_val_on_index then null;
      end;
      end loop;
      raise_application_error(-20627, 'another unique key');
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:2, :3, to_timestamp_tz(:4, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :5, to_timestamp_tz(:6, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:7, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      knex_session_row(:8, :9, to_timestamp_tz(:10, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :11, to_timestamp_tz(:12, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:13, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [
        '2026-01-31T12:00:00.678+00:00',
        's0',
        '{"n":0}',
        '2026-01-31T12:00:00.678+00:00',
        'ann',
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00',
        's1',
        '{"n":1}',
        '2026-01-31T12:00:00.679+00:00',
        null,
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00'
      ]"
    `)
  })

  it('writes by a touch when the session was seen', () => {
    const options = { durable: true }
    expect(golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, options)))
      .toMatchInlineSnapshot(`
      "declare
      p_now "sessions"."expired"%type := to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM');
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_expired "sessions"."expired"%type, p_lastSeenAt "sessions"."last_seen_at"%type) is begin
      if p_sid is null then return; end if;
      update "sessions"
      set "expired" = p_expired, "last_seen_at" = p_lastSeenAt
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and case when "expired" > p_now then 1 else 0 end = 1;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:4, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [ '2026-01-31T12:00:00.678+00:00', 's0', '2026-01-31T12:00:00.678+00:00', '2026-01-31T12:00:00.678+00:00' ]"
    `)
    expect(golden(adapter.queries!.touch!.statement(table, rows, now, options)))
      .toMatchInlineSnapshot(`
      "declare
      p_now "sessions"."expired"%type := to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM');
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_expired "sessions"."expired"%type, p_lastSeenAt "sessions"."last_seen_at"%type) is begin
      if p_sid is null then return; end if;
      update "sessions"
      set "expired" = p_expired, "last_seen_at" = p_lastSeenAt
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and case when "expired" > p_now then 1 else 0 end = 1;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:4, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      knex_session_row(:5, to_timestamp_tz(:6, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:7, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [
        '2026-01-31T12:00:00.678+00:00',
        's0',
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00',
        's1',
        '2026-01-31T12:00:00.679+00:00',
        '2026-01-31T12:00:00.678+00:00'
      ]"
    `)
  })

  it('is read with them', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['s0'], now))).toMatchInlineSnapshot(`
      "select "sid" as "sid", "sess" as "sess", to_char(sys_extract_utc("expired"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "expired", "user_id" as "userId", to_char(sys_extract_utc("created_at"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "createdAt", to_char(sys_extract_utc("last_seen_at"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "lastSeenAt"
      from "sessions"
      where "sid" in (:1) and case when "expired" > cast(to_timestamp_tz(:2, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone) then 1 else 0 end = 1
      [ 's0', '2026-01-31T12:00:00.678+00:00' ]"
    `)
  })
})
