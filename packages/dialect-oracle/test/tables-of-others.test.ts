import { sessionTable, toEpochMs, type SessionTable } from '@knex-session/core/dialect'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

const table = sessionTable({ schemaName: 'auth', tableName: 'user-sessions' })
const now = toEpochMs(Date.UTC(2026, 0, 31, 12, 0, 0, 678))
const row = { sid: 'a', sess: '{}', expired: now }

const found = (types: Readonly<Record<string, string>>): SessionTable | string =>
  adapter.server!.inspect!.answer(
    [Object.entries(types).map(([name, type]) => ({ name, type }))],
    table,
  )
const foundWith = (type: string): SessionTable =>
  found({ sid: 'VARCHAR2', expired: type }) as SessionTable

describe('a table that is there', () => {
  it('is asked for the types of its ids and its expiry', () => {
    expect(
      [table, sessionTable()]
        .flatMap((each) => adapter.server!.inspect!.statements(each).map(golden))
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "select column_name as "name", data_type as "type", char_length as "length", nullable as "nullable"
      from all_tab_columns
      where owner = :1 and table_name = :2 and column_name in (:3, :4, :5)
      [ 'auth', 'user-sessions', 'sid', 'expired', 'sid' ]
      select column_name as "name", data_type as "type", char_length as "length", nullable as "nullable"
      from all_tab_columns
      where owner = sys_context('userenv', 'current_schema') and table_name = :1 and column_name in (:2, :3, :4)
      [ 'sessions', 'sid', 'expired', 'sid' ]"
    `)
  })

  it('is taken as it is where the expiry has a time zone, or nothing was found', () => {
    for (const type of ['TIMESTAMP(3) WITH TIME ZONE', 'TIMESTAMP(6) WITH LOCAL TIME ZONE'])
      expect(foundWith(type)).toBe(table)
    for (const result of [[], undefined])
      expect(adapter.server!.inspect!.answer([result], table)).toBe(table)
  })

  it('is refused where its ids are shorter than digests', () => {
    const columns = [
      { name: 'sid', type: 'VARCHAR2', length: 36 },
      { name: 'expired', type: 'TIMESTAMP(3) WITH TIME ZONE', length: 0 },
    ]
    const inspected = (sidLength?: number) =>
      adapter.server!.inspect!.answer([columns], sessionTable(sidLength ? { sidLength } : {}))
    expect(inspected(50)).toBe(
      "the column 'sid' of the table 'sessions' holds 36 characters, and an id of the option `hashIds` has 50; make it longer: " +
        'alter table "sessions" modify ("sid" varchar2(255 char))',
    )
    for (const enough of [undefined, 36]) expect(inspected(enough)).toBeInstanceOf(Object)
  })

  it.each(['NUMBER', 'VARCHAR2', 'BINARY_DOUBLE', 'INTERVAL DAY(2) TO SECOND(6)', 'CLOB'])(
    'is refused with expiries in a %s',
    (type) => {
      expect(foundWith(type)).toContain(
        `'expired' of the table 'user-sessions' is of the type ${type}, `,
      )
    },
  )

  it.each([
    ...['CHAR', 'NCHAR', 'RAW', 'CLOB', 'NUMBER', 'BINARY_DOUBLE', 'BINARY_FLOAT', 'ROWID'],
    ...['BLOB', 'XMLTYPE', 'JSON', 'BOOLEAN'],
  ])('is refused with ids in a %s', (type) => {
    expect(found({ sid: type, expired: 'TIMESTAMP(3) WITH TIME ZONE' })).toMatch(
      new RegExp(`'sid' of the table 'user-sessions' is of the type ${type},.*varchar2\\(255 char`),
    )
  })

  it.each(['VARCHAR2', 'NVARCHAR2'])('is taken with ids in a %s', (type) => {
    expect(found({ sid: type, expired: 'TIMESTAMP(3) WITH TIME ZONE' })).toBe(table)
  })

  it.each(['TIMESTAMP(6)', 'DATE'])(
    'holds UTC where the expiry is a %s, whatever the time zone of the session',
    (type) => {
      const found = foundWith(type)
      const { bindings, sql } = adapter.upsert(found, [row])
      expect(bindings).toEqual([
        'a',
        '{}',
        type === 'DATE' ? '2026-01-31T12:00:00' : '2026-01-31T12:00:00.678',
      ])
      expect(sql).not.toMatch(/time zone|_tz|sys_extract_utc/i)
      expect(
        adapter.queries!.touch!.statement(found, [row], now, { durable: true }).sql,
      ).not.toMatch(/time zone|_tz|sys_extract_utc/i)
      const { codec } = found.column.expired
      expect(
        codec?.decode(type === 'DATE' ? '2026-01-31T12:00:00.000' : '2026-01-31T12:00:00.678'),
      ).toBe(type === 'DATE' ? now - 678 : now)
    },
  )

  it('is read and touched by functions that know of no time zone', () => {
    const [timestamp, date] = [foundWith('TIMESTAMP(6)'), foundWith('DATE')]
    expect(golden(adapter.queries!.read!.statement(timestamp, ['a'], now))).toMatchInlineSnapshot(`
      "select "sid" as "sid", "sess" as "sess", to_char("expired", 'YYYY-MM-DD"T"HH24:MI:SS.FF3') as "expired"
      from "auth"."user-sessions"
      where "sid" in (:1) and case when "expired" > to_timestamp(:2, 'YYYY-MM-DD"T"HH24:MI:SS.FF3') then 1 else 0 end = 1
      [ 'a', '2026-01-31T12:00:00.678' ]"
    `)
    expect(golden(adapter.queries!.read!.statement(date, ['a'], now))).toMatchInlineSnapshot(`
      "select "sid" as "sid", "sess" as "sess", to_char("expired", 'YYYY-MM-DD"T"HH24:MI:SS".000"') as "expired"
      from "auth"."user-sessions"
      where "sid" in (:1) and case when "expired" > to_date(:2, 'YYYY-MM-DD"T"HH24:MI:SS') then 1 else 0 end = 1
      [ 'a', '2026-01-31T12:00:00' ]"
    `)
    expect(golden(adapter.queries!.touch!.statement(date, [row], now, { durable: true })))
      .toMatchInlineSnapshot(`
      "declare
      p_now "auth"."user-sessions"."expired"%type := to_date(:1, 'YYYY-MM-DD"T"HH24:MI:SS');
      procedure knex_session_row(p_sid "auth"."user-sessions"."sid"%type, p_expired "auth"."user-sessions"."expired"%type) is begin
      if p_sid is null then return; end if;
      update "auth"."user-sessions"
      set "expired" = p_expired
      where "sid" = p_sid and nlssort("sid", 'NLS_SORT=BINARY') = nlssort(p_sid, 'NLS_SORT=BINARY') and case when "expired" > p_now then 1 else 0 end = 1;
      end;
      begin
      savepoint knex_session_rows;
      knex_session_row(:2, to_date(:3, 'YYYY-MM-DD"T"HH24:MI:SS'));
      exception when others then
      rollback to savepoint knex_session_rows;
      raise;
      end;
      [ '2026-01-31T12:00:00', 'a', '2026-01-31T12:00:00' ]"
    `)
  })
})
