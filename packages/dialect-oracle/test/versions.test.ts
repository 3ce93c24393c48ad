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
      "alter table "sessions" add ("created_at" timestamp(3) with time zone, "version" varchar2(32 char))
      []"
    `)
  })

  it('has a row updated only over the version that it was made from', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "declare
      knex_session_found pls_integer := 0;
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_sess "sessions"."sess"%type, p_expired "sessions"."expired"%type, p_createdAt "sessions"."created_at"%type, p_version "sessions"."version"%type) is begin
      if p_sid is null then return; end if;
      update "sessions"
      set "sess" = p_sess, "expired" = p_expired, "created_at" = p_createdAt, "version" = p_version
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and coalesce("version", '0000000000000000') like substr(p_version, 17, 16) || '%';
      knex_session_found := knex_session_found + sql%rowcount;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:1, :2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:4, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :5);
      :6 := knex_session_found;
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [
        'a',
        '{"of":"a"}',
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00',
        'aaaaaaaaaaaaaaaa0123456789abcdef',
        { dir: 3002, val: 0 }
      ]"
    `)
  })

  it('has several rows updated likewise, each over its own', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows))).toMatchInlineSnapshot(`
      "declare
      knex_session_found pls_integer := 0;
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_sess "sessions"."sess"%type, p_expired "sessions"."expired"%type, p_createdAt "sessions"."created_at"%type, p_version "sessions"."version"%type) is begin
      if p_sid is null then return; end if;
      update "sessions"
      set "sess" = p_sess, "expired" = p_expired, "created_at" = p_createdAt, "version" = p_version
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and coalesce("version", '0000000000000000') like substr(p_version, 17, 16) || '%';
      knex_session_found := knex_session_found + sql%rowcount;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:1, :2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:4, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :5);
      knex_session_row(:6, :7, to_timestamp_tz(:8, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:9, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), :10);
      :11 := knex_session_found;
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [
        'a',
        '{"of":"a"}',
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00',
        'aaaaaaaaaaaaaaaa0123456789abcdef',
        'b',
        '{"of":"b"}',
        '2026-01-31T12:00:00.678+00:00',
        '2026-01-31T12:00:00.678+00:00',
        'bbbbbbbbbbbbbbbb0123456789abcdef',
        { dir: 3002, val: 0 }
      ]"
    `)
  })

  it('has the creation written by every touch', () => {
    expect(
      golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, { durable: true })),
    ).toMatchInlineSnapshot(`
      "declare
      p_now "sessions"."expired"%type := to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM');
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_expired "sessions"."expired"%type, p_createdAt "sessions"."created_at"%type) is begin
      if p_sid is null then return; end if;
      update "sessions"
      set "expired" = p_expired, "created_at" = p_createdAt
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and case when "expired" > p_now then 1 else 0 end = 1;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'), to_timestamp_tz(:4, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [ '2026-01-31T12:00:00.678+00:00', 'a', '2026-01-31T12:00:00.678+00:00', '2026-01-31T12:00:00.678+00:00' ]"
    `)
  })
})
