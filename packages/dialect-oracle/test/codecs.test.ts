import { createRequire } from 'node:module'
import { toEpochMs } from '@knex-session/core/dialect'
import { adapter } from '../src/adapter.js'
import { json, statementOptions, timestamp } from '../src/codecs.js'

interface ColumnMetadata {
  readonly name: string
  readonly dbType: unknown
  fetchType?: unknown
  converter?: ((value: unknown) => unknown) | undefined
}

const load = createRequire(__filename)
const types = load('oracledb/lib/types.js') as Record<
  'DB_TYPE_CLOB' | 'DB_TYPE_VARCHAR' | 'DB_TYPE_LONG' | 'DB_TYPE_JSON',
  unknown
>
const ResultSet = load('oracledb/lib/impl/resultset.js') as {
  readonly prototype: {
    _determineFetchType(
      column: ColumnMetadata,
      options: object,
      columns: readonly ColumnMetadata[],
    ): void
  }
}

/** How node-oracledb fetches columns of these types with the options of a read. */
function fetchTypes(...dbTypes: readonly unknown[]): readonly unknown[] {
  const columns = dbTypes.map((dbType, index): ColumnMetadata => ({ name: `c${index}`, dbType }))
  for (const column of columns)
    ResultSet.prototype._determineFetchType(column, statementOptions, columns)
  return columns.map(({ fetchType }) => fetchType)
}

describe('a clob', () => {
  it('is fetched as text, by the type of a varchar2 column beside it', () => {
    const { DB_TYPE_CLOB, DB_TYPE_LONG, DB_TYPE_VARCHAR } = types
    expect(fetchTypes(DB_TYPE_VARCHAR, DB_TYPE_CLOB, DB_TYPE_VARCHAR)).toEqual([
      DB_TYPE_VARCHAR,
      DB_TYPE_LONG,
      DB_TYPE_VARCHAR,
    ])
  })

  it('is fetched as a LOB where there is no such column', () => {
    expect(fetchTypes(types.DB_TYPE_CLOB)).toEqual([types.DB_TYPE_CLOB])
  })

  it('is asked for as text by every statement, whatever the settings of the application', () => {
    expect(adapter.driver?.options).toBe(statementOptions)
  })

  it('is passed on as it is, even with a check `is json`', () => {
    const column: ColumnMetadata & { isJson: boolean } = {
      name: 'sess',
      dbType: types.DB_TYPE_CLOB,
      isJson: true,
    }
    ResultSet.prototype._determineFetchType(column, statementOptions, [
      { name: 'sid', dbType: types.DB_TYPE_VARCHAR },
      column,
    ])
    expect(column.converter?.('{"a":1}')).toBe('{"a":1}')
  })
})

describe('a session', () => {
  it('is text, or what the driver has parsed', () => {
    expect(json.decode('{"a":1}')).toBe('{"a":1}')
    expect(json.decode({ a: 1 })).toBe('{"a":1}')
  })

  it('is refused in any other form', () => {
    for (const cell of [null, undefined, 1])
      expect(() => json.decode(cell)).toThrow(
        /^\[knex-session\] \[oracle\] expected a session as text/,
      )
  })
})

describe('an expiry', () => {
  it('is sent with its offset, kept within years of four digits in every zone', () => {
    expect(timestamp.encode(toEpochMs(Date.UTC(2026, 0, 2, 3, 4, 5, 678)))).toBe(
      '2026-01-02T03:04:05.678+00:00',
    )
    expect(timestamp.encode(toEpochMs(-8.64e15))).toBe('1000-01-01T00:00:00.000+00:00')
    expect(timestamp.encode(toEpochMs(8.64e15))).toBe('9999-12-31T00:00:00.000+00:00')
  })

  it('is read only from text of a point in time', () => {
    expect(timestamp.decode('2026-01-02T03:04:05.678')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 678))
    for (const cell of ['', '2026-01-02', '2026-13-02T03:04:05.678', NaN, null, new Date(0)]) {
      expect(() => timestamp.decode(cell)).toThrow(
        /^\[knex-session\] \[oracle\] expected an expiry as ISO 8601 text/,
      )
    }
  })
})

describe('a name', () => {
  it('is refused with a message of this dialect', () => {
    for (const name of ['', 'é'.repeat(65), 'a"b', 'a\0b'])
      expect(() => adapter.quoteIdentifier(name)).toThrow(/^\[knex-session\] \[oracle\] /)
  })
})
