import { sessionTable, toEpochMs, type SessionTable } from '@knex-session/core/dialect'
import knex from 'knex'
import { SessionQueries } from '../../core/src/table/queries.js'
import { adapter } from '../src/adapter.js'
import { golden } from './golden.js'

const table = sessionTable({ schemaName: 'auth', tableName: 'user-sessions' })
const now = toEpochMs(Date.UTC(2026, 0, 31))
const columns = { sid: 'nvarchar', sess: 'nvarchar', expired: 'datetime2' }

/** What becomes of a table with columns of such types. */
function foundWith(types: Readonly<Record<string, string>>): SessionTable | string {
  const result = Object.entries({ ...columns, ...types }).map(([name, type]) => ({ name, type }))
  return adapter.server!.inspect!.answer([result], table)
}

describe('a table that is there', () => {
  it('is asked for the types of its columns', () => {
    expect(adapter.server!.inspect!.statements(table).map(golden).join('\n'))
      .toMatchInlineSnapshot(`
      "select name as [name], type_name(system_type_id) as [type], max_length as [length], is_nullable as [nullable]
      from sys.columns
      where object_id = object_id(cast(@p0 as nvarchar(600)))
      [ '[auth].[user-sessions]' ]"
    `)
  })

  it('is taken as it is where they are the usual ones, or nothing was found', () => {
    expect(foundWith({})).toBe(table)
    expect(foundWith({ more: 'uniqueidentifier' })).toBe(table)
    for (const result of [[], undefined])
      expect(adapter.server!.inspect!.answer([result], table)).toBe(table)
  })

  it.each([
    ['nvarchar', 80, '40'],
    ['varchar', 49, '49'],
  ])(
    'is refused with ids in a %s of %s bytes where digests have more characters',
    (type, length, holds) => {
      const inspected = (sidLength?: number) =>
        adapter.server!.inspect!.answer(
          [[{ name: 'sid', type, length }]],
          sessionTable({ tableName: 'sessions', ...(sidLength && { sidLength }) }),
        )
      expect(inspected(50)).toBe(
        `the column 'sid' of the table 'sessions' holds ${holds} characters, and an id of the option \`hashIds\` has 50; make it longer while it is in no key: ` +
          `alter table [sessions] alter column [sid] ${type}(255) collate Latin1_General_100_BIN2 not null`,
      )
      expect(inspected()).toBeInstanceOf(Object)
      for (const enough of [-1, 100])
        expect(
          adapter.server!.inspect!.answer(
            [[{ name: 'sid', type, length: enough }]],
            sessionTable({ sidLength: 50 }),
          ),
        ).toBeInstanceOf(Object)
    },
  )

  it('is asked for the rights on it', () => {
    expect(adapter.server!.rights!.statements(table).map(golden).join('\n')).toMatchInlineSnapshot(`
      "select name as [name], has_perms_by_name(cast(@p0 as nvarchar(600)), 'OBJECT', 'INSERT') as [insert], has_perms_by_name(cast(@p1 as nvarchar(600)), 'OBJECT', 'UPDATE', name, 'COLUMN') as [update], has_perms_by_name(cast(@p2 as nvarchar(600)), 'OBJECT', 'DELETE') as [delete]
      from sys.columns
      where object_id = object_id(cast(@p3 as nvarchar(600)))
      [ '[auth].[user-sessions]', '[auth].[user-sessions]', '[auth].[user-sessions]', '[auth].[user-sessions]' ]"
    `)
  })

  it('is refused where a right is missing, and taken where that cannot be told', () => {
    const withRights = (given: object) => {
      const all = Object.keys(columns).map((name) => ({
        name,
        insert: 1,
        update: 1,
        delete: 1,
        ...given,
      }))
      return adapter.server!.rights!.answer(
        [all.map((column) => (column.name === 'sid' ? { ...column, update: 0 } : column))],
        table,
      )
    }
    expect(withRights({})).toBeUndefined()
    expect(withRights({ insert: null, update: null, delete: null })).toBeUndefined()
    expect(withRights({ insert: 0, delete: 0 })).toMatch(
      /lacks the right to insert, delete on the table 'user-sessions'.*grant insert, delete on \[auth\]\.\[user-sessions\] to/,
    )
    expect(withRights({ update: 0 })).toMatch(/grant update on/)
  })

  it.each(['bigint', 'date', 'time', 'nvarchar', 'rowversion', 'float'])(
    'is refused with expiries in a %s',
    (type) => {
      expect(foundWith({ expired: type })).toMatch(
        new RegExp(`'expired' of the table 'user-sessions' is of the type ${type},.*datetime2\\(3`),
      )
    },
  )

  it.each(['datetime2', 'datetime', 'smalldatetime', 'datetimeoffset'])(
    'is taken with expiries in a %s',
    (type) => {
      expect(typeof foundWith({ expired: type })).toBe('object')
    },
  )

  it.each([
    ...['uniqueidentifier', 'char', 'nchar', 'ntext', 'varbinary', 'bigint'],
    ...['decimal', 'numeric', 'float', 'datetime2', 'xml', 'sql_variant', 'bit'],
  ])('is refused with ids in a %s', (type) => {
    expect(foundWith({ sid: type })).toMatch(
      new RegExp(`'sid' of the table 'user-sessions' is of the type ${type},.*nvarchar\\(255\\)`),
    )
  })

  it('has ids of the type varchar compared in the order that they are sorted in', () => {
    const found = foundWith({ sid: 'varchar', expired: 'datetimeoffset' }) as SessionTable
    const queries = new SessionQueries(knex({ client: 'mssql' }), adapter, found)
    expect(queries.page(now, { limit: 10, from: 'a' }).toSQL().sql).toMatch(
      /switchoffset.*\[sid\] >= cast\(\? as varchar\(8000\)\) order by \[sid\]/,
    )
    expect(adapter.upsert(found, [{ sid: 'a', sess: '{}', expired: now }])).toEqual(
      adapter.upsert(table, [{ sid: 'a', sess: '{}', expired: now }]),
    )
  })

  it('has its expiries read as the points in time that they say, where they have offsets', () => {
    const found = foundWith({ expired: 'datetimeoffset' }) as SessionTable
    const utc = "cast(switchoffset([expired], '+00:00') as datetime2(3))"
    expect(adapter.queries!.read!.statement(found, ['a'], now).sql).toContain(
      `${utc}) as [expired]`,
    )
    expect(adapter.queries!.prune!.statement(found, now, { limit: 10 }).sql).toContain(
      utc.replace('[', 'deleted.['),
    )
    expect(
      new SessionQueries(knex({ client: 'mssql' }), adapter, found).live(now).toSQL().sql,
    ).toContain(utc)
    expect(adapter.upsert(found, [{ sid: 'a', sess: '{}', expired: now }])).toEqual(
      adapter.upsert(table, [{ sid: 'a', sess: '{}', expired: now }]),
    )
  })
})
