import { paddedCount, sessionTable } from '@knex-session/core/dialect'
import { hostile, many, now, rows, table } from '../../dialect-testkit/test/golden-tables.js'
import { adapter } from '../src/adapter.js'
import { golden, native } from './golden.js'

const durable = { durable: true }

describe('the table', () => {
  it('is made with a clob, a time with zone and an index on the expiry', () => {
    expect(adapter.createTable(table, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "begin
      execute immediate 'create table "sessions" ("sid" varchar2(255 char) not null primary key, "sess" clob not null, "expired" timestamp(3) with time zone not null)';
      execute immediate 'create index "sessions_expired_index" on "sessions" ("expired")';
      end;
      []"
    `)
  })

  it('takes hostile names, its index being in the same schema', () => {
    expect(adapter.createTable(hostile, {}).map(golden).join('\n')).toMatchInlineSnapshot(`
      "begin
      execute immediate 'create table "auth"."user-sessions" ("SessionId" varchar2(255 char) not null primary key, "sess" clob not null, "expired" timestamp(3) with time zone not null)';
      execute immediate 'create index "auth"."user_sessions_expired_index" on "auth"."user-sessions" ("expired")';
      end;
      []"
    `)
    expect(golden(adapter.createTable(sessionTable({ tableName: "o'rder" }), {})[0]!))
      .toMatchInlineSnapshot(`
      "begin
      execute immediate 'create table "o''rder" ("sid" varchar2(255 char) not null primary key, "sess" clob not null, "expired" timestamp(3) with time zone not null)';
      execute immediate 'create index "o''rder_expired_index" on "o''rder" ("expired")';
      end;
      []"
    `)
  })
})

describe('the index on the expiry', () => {
  const nameOf = (tableName: string) =>
    /create index "(.*?)" on/.exec(
      adapter.createTable(sessionTable({ tableName }), { salt: '0a1b2c3d' })[0]?.sql ?? '',
    )?.[1]

  it('has a name that nothing else has, of 128 bytes at most', () => {
    expect(nameOf('sessions')).toBe('sessions_expired_index_0a1b2c3d')
    expect(Buffer.byteLength(nameOf('セッション'.repeat(8)) ?? '')).toBeLessThanOrEqual(128)
    expect(nameOf('セッション'.repeat(8))).toMatch(/^セッション.*_0a1b2c3d$/)
  })
})

describe('an upsert', () => {
  it('updates the row, inserts where nothing was updated, and undoes everything when one row fails', () => {
    expect(golden(adapter.upsert(table, rows.slice(0, 1)))).toMatchInlineSnapshot(`
      "declare
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_sess "sessions"."sess"%type, p_expired "sessions"."expired"%type) is begin
      if p_sid is null then return; end if;
      for attempt in 1 .. 3 loop
      update "sessions"
      set "sess" = p_sess, "expired" = p_expired
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY');
      if sql%rowcount > 0 then return; end if;
      begin
      insert into "sessions" ("sid", "sess", "expired")
      values (p_sid, p_sess, p_expired);
      return;
      exception when dup_val_on_index then null;
      end;
      end loop;
      raise_application_error(-20627, 'another unique key');
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:1, :2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [ 'a', '{"n":0}', '2026-01-31T12:00:00.678+00:00' ]"
    `)
  })

  it('writes several rows in the same block, under hostile names too', () => {
    expect(golden(adapter.upsert(hostile, rows.slice(0, 2)))).toMatchInlineSnapshot(`
      "declare
      procedure knex_session_row(p_sid "auth"."user-sessions"."SessionId"%type, p_sess "auth"."user-sessions"."sess"%type, p_expired "auth"."user-sessions"."expired"%type) is begin
      if p_sid is null then return; end if;
      for attempt in 1 .. 3 loop
      update "auth"."user-sessions"
      set "sess" = p_sess, "expired" = p_expired
      where "SessionId" = p_sid and nlssort("SessionId", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY');
      if sql%rowcount > 0 then return; end if;
      begin
      insert into "auth"."user-sessions" ("SessionId", "sess", "expired")
      values (p_sid, p_sess, p_expired);
      return;
      exception when dup_val_on_index then null;
      end;
      end loop;
      raise_application_error(-20627, 'another unique key');
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:1, :2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      knex_session_row(:4, :5, to_timestamp_tz(:6, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [ 'a', '{"n":0}', '2026-01-31T12:00:00.678+00:00', 'b', '{"n":1}', '2026-01-31T12:00:00.679+00:00' ]"
    `)
  })

  it('is filled up to one of few sizes with nulls, which the block passes over', () => {
    const [seven, eight] = [
      native(adapter.upsert(table, many(7))),
      native(adapter.upsert(table, many(8))),
    ]
    expect(seven.sql).toBe(eight.sql)
    expect(seven.bindings.slice(-4)).toEqual(['2026-01-31T12:00:00.678+00:00', null, null, null])
    expect(seven.sql).toContain('if p_sid is null then return; end if;')
  })

  it('writes a third row like the others', () => {
    expect(native(adapter.upsert(table, rows)).bindings.slice(6, 9)).toEqual([
      'c',
      '{"n":2}',
      '2026-01-31T12:00:00.680+00:00',
    ])
  })
})

describe('an update', () => {
  it('writes a row that is there', () => {
    expect(golden(adapter.queries!.update!.statement(table, rows.slice(0, 1))))
      .toMatchInlineSnapshot(`
      "declare
      knex_session_found pls_integer := 0;
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_sess "sessions"."sess"%type, p_expired "sessions"."expired"%type) is begin
      if p_sid is null then return; end if;
      update "sessions"
      set "sess" = p_sess, "expired" = p_expired
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY');
      knex_session_found := knex_session_found + sql%rowcount;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:1, :2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      :4 := knex_session_found;
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [ 'a', '{"n":0}', '2026-01-31T12:00:00.678+00:00', { dir: 3002, val: 0 } ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.update!.statement(hostile, rows.slice(0, 2))))
      .toMatchInlineSnapshot(`
      "declare
      knex_session_found pls_integer := 0;
      procedure knex_session_row(p_sid "auth"."user-sessions"."SessionId"%type, p_sess "auth"."user-sessions"."sess"%type, p_expired "auth"."user-sessions"."expired"%type) is begin
      if p_sid is null then return; end if;
      update "auth"."user-sessions"
      set "sess" = p_sess, "expired" = p_expired
      where "SessionId" = p_sid and nlssort("SessionId", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY');
      knex_session_found := knex_session_found + sql%rowcount;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:1, :2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      knex_session_row(:4, :5, to_timestamp_tz(:6, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      :7 := knex_session_found;
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [
        'a',
        '{"n":0}',
        '2026-01-31T12:00:00.678+00:00',
        'b',
        '{"n":1}',
        '2026-01-31T12:00:00.679+00:00',
        { dir: 3002, val: 0 }
      ]"
    `)
  })
})

describe('the number of rows that an update found', () => {
  it('is what comes back by its bind', () => {
    expect(adapter.queries!.update!.answer([{ outBinds: [2] }])).toBe(2)
  })

  it('is not taken from a version of knex that has not committed', () => {
    for (const result of [[2], [], undefined])
      expect(() => adapter.queries!.update!.answer(result)).toThrow(
        /^\[knex-session\] \[oracle\] .*not committed/,
      )
  })
})

describe('an insert', () => {
  it('writes a new row', () => {
    expect(golden(adapter.queries!.insert!.statement(table, rows.slice(0, 1), now)))
      .toMatchInlineSnapshot(`
      "declare
      p_now "sessions"."expired"%type := to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM');
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_sess "sessions"."sess"%type, p_expired "sessions"."expired"%type) is begin
      if p_sid is null then return; end if;
      for attempt in 1 .. 3 loop
      update "sessions"
      set "sess" = p_sess, "expired" = p_expired
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and case when "expired" > p_now then 1 else 0 end = 0;
      if sql%rowcount > 0 then return; end if;
      begin
      insert into "sessions" ("sid", "sess", "expired")
      values (p_sid, p_sess, p_expired);
      return;
      exception when dup_val_on_index then null;
      end;
      end loop;
      raise_application_error(-20627, 'another unique key');
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:2, :3, to_timestamp_tz(:4, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [ '2026-01-31T12:00:00.678+00:00', 'a', '{"n":0}', '2026-01-31T12:00:00.678+00:00' ]"
    `)
  })

  it('writes several, under hostile names too', () => {
    expect(golden(adapter.queries!.insert!.statement(hostile, rows.slice(0, 2), now)))
      .toMatchInlineSnapshot(`
      "declare
      p_now "auth"."user-sessions"."expired"%type := to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM');
      procedure knex_session_row(p_sid "auth"."user-sessions"."SessionId"%type, p_sess "auth"."user-sessions"."sess"%type, p_expired "auth"."user-sessions"."expired"%type) is begin
      if p_sid is null then return; end if;
      for attempt in 1 .. 3 loop
      update "auth"."user-sessions"
      set "sess" = p_sess, "expired" = p_expired
      where "SessionId" = p_sid and nlssort("SessionId", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and case when "expired" > p_now then 1 else 0 end = 0;
      if sql%rowcount > 0 then return; end if;
      begin
      insert into "auth"."user-sessions" ("SessionId", "sess", "expired")
      values (p_sid, p_sess, p_expired);
      return;
      exception when dup_val_on_index then null;
      end;
      end loop;
      raise_application_error(-20627, 'another unique key');
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:2, :3, to_timestamp_tz(:4, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      knex_session_row(:5, :6, to_timestamp_tz(:7, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [
        '2026-01-31T12:00:00.678+00:00',
        'a',
        '{"n":0}',
        '2026-01-31T12:00:00.678+00:00',
        'b',
        '{"n":1}',
        '2026-01-31T12:00:00.679+00:00'
      ]"
    `)
  })
})

describe('a touch', () => {
  it('moves the expiry of a live row', () => {
    expect(golden(adapter.queries!.touch!.statement(table, rows.slice(0, 1), now, durable)))
      .toMatchInlineSnapshot(`
      "declare
      p_now "sessions"."expired"%type := to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM');
      procedure knex_session_row(p_sid "sessions"."sid"%type, p_expired "sessions"."expired"%type) is begin
      if p_sid is null then return; end if;
      update "sessions"
      set "expired" = p_expired
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and case when "expired" > p_now then 1 else 0 end = 1;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [ '2026-01-31T12:00:00.678+00:00', 'a', '2026-01-31T12:00:00.678+00:00' ]"
    `)
  })

  it('moves each row to its own expiry, under hostile names too', () => {
    expect(golden(adapter.queries!.touch!.statement(hostile, rows.slice(0, 2), now, durable)))
      .toMatchInlineSnapshot(`
      "declare
      p_now "auth"."user-sessions"."expired"%type := to_timestamp_tz(:1, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM');
      procedure knex_session_row(p_sid "auth"."user-sessions"."SessionId"%type, p_expired "auth"."user-sessions"."expired"%type) is begin
      if p_sid is null then return; end if;
      update "auth"."user-sessions"
      set "expired" = p_expired
      where "SessionId" = p_sid and nlssort("SessionId", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and case when "expired" > p_now then 1 else 0 end = 1;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:2, to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      knex_session_row(:4, to_timestamp_tz(:5, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [ '2026-01-31T12:00:00.678+00:00', 'a', '2026-01-31T12:00:00.678+00:00', 'b', '2026-01-31T12:00:00.679+00:00' ]"
    `)
  })

  it('is the same when it need not be durable', () => {
    expect(adapter.queries!.touch!.statement(table, rows, now, { durable: false })).toEqual(
      adapter.queries!.touch!.statement(table, rows, now, durable),
    )
  })

  it('names its variables otherwise where a column begins like them', () => {
    expect(
      adapter.queries!.touch!.statement(
        sessionTable({ columns: { sid: 'P_sid' } }),
        rows.slice(0, 1),
        now,
        durable,
      ).sql,
    ).toContain('where "P_sid" = q_sid and')
  })
})

describe('a read', () => {
  it('finds one live row', () => {
    expect(golden(adapter.queries!.read!.statement(table, ['a'], now))).toMatchInlineSnapshot(`
      "select "sid" as "sid", "sess" as "sess", to_char(sys_extract_utc("expired"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "expired"
      from "sessions"
      where "sid" in (:1) and case when "expired" > cast(to_timestamp_tz(:2, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone) then 1 else 0 end = 1
      [ 'a', '2026-01-31T12:00:00.678+00:00' ]"
    `)
  })

  it('finds several, under hostile names too', () => {
    expect(golden(adapter.queries!.read!.statement(hostile, ['a', 'b'], now)))
      .toMatchInlineSnapshot(`
      "select "SessionId" as "sid", "sess" as "sess", to_char(sys_extract_utc("expired"), 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "expired"
      from "auth"."user-sessions"
      where "SessionId" in (:1, :2) and case when "expired" > cast(to_timestamp_tz(:3, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') as timestamp with local time zone) then 1 else 0 end = 1
      [ 'a', 'b', '2026-01-31T12:00:00.678+00:00' ]"
    `)
  })

  it('has a list filled up to one of few sizes with copies of the last id', () => {
    const sids = many(8).map(({ sid }) => sid)
    const [seven, eight] = [
      adapter.queries!.read!.statement(table, sids.slice(0, 7), now),
      adapter.queries!.read!.statement(table, sids, now),
    ]
    expect(seven.sql).toBe(eight.sql)
    expect(seven.bindings.slice(-3)).toEqual(['sid-6', 'sid-6', '2026-01-31T12:00:00.678+00:00'])
  })

  it('fetches all of its rows at once, and none with the execute, which would not commit then', () => {
    expect(adapter.queries!.read!.statement(table, ['a'], now).options).toEqual({
      fetchArraySize: adapter.limits.sids + 1,
      prefetchRows: 0,
    })
  })

  it('takes what knex.raw resolves to for its rows', () => {
    expect(adapter.queries!.read!.answer([{ sid: 'a' }])).toEqual([{ sid: 'a' }])
  })
})

describe('every statement', () => {
  const writes = [1, 3, adapter.limits.rows].flatMap((count) => [
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

  it.each(
    [...writes, ...reads].map((statement) => [statement.bindings.length, statement] as const),
  )('has a place for each of its %i bindings, in order', (count, statement) => {
    const { sql, bindings } = native(statement)
    // Format models in quotes hold colons too.
    const places = sql.replace(/'[^']*'/g, "''").match(/:\w+/g)
    expect(places).toEqual(bindings.map((_, index) => `:${index + 1}`))
    expect(bindings).toHaveLength(count)
  })

  it('has a full size that padding leaves as it is, so that texts repeat, and at most 1,000 sids', () => {
    for (const limit of [adapter.limits.rows, adapter.limits.sids])
      expect(paddedCount(limit, Infinity)).toBe(limit)
    expect(adapter.limits.sids).toBeLessThanOrEqual(1_000)
  })
})
