import { sessionTable, toEpochMs, type SessionRow } from '@knex-session/core/dialect'
import { TYPES } from 'tedious'
import { adapter } from '../src/adapter.js'
import { blankPadded, json, timestamp } from '../src/codecs.js'
import { native } from './golden.js'

const table = sessionTable()
const now = toEpochMs(0)
const row = (sess: string, sid = 'a'): SessionRow => ({ sid, sess, expired: now })

interface Parameter {
  readonly value: unknown
}
const { NVarChar, Int } = TYPES as unknown as Record<
  'NVarChar' | 'Int',
  { declaration(parameter: Parameter): string }
>

/**
 * How tedious declares the parameters of a statement, by the types that knex gives to strings and
 * whole numbers.
 */
function declarations(rows: readonly SessionRow[]): readonly string[] {
  return native(adapter.upsert(table, rows)).bindings.map((value) =>
    (typeof value === 'string' ? NVarChar : Int).declaration({ value }),
  )
}

describe('the text of a session', () => {
  const lengths = [2, 100, 511, 512, 513, 2000, 3999, 4000, 4001, 4002, 100_000]
  const declared = lengths.map((length) => declarations([row(`"${'x'.repeat(length - 2)}"`)])[2])

  it('is declared in few ways, so that the server keeps few plans', () => {
    const few = [
      'nvarchar(512)',
      'nvarchar(1024)',
      'nvarchar(2048)',
      'nvarchar(4000)',
      'nvarchar(max)',
    ]
    expect([...new Set(declared)]).toEqual(few)
    expect(declared[lengths.indexOf(4000)]).toBe('nvarchar(4000)')
    expect(declared[lengths.indexOf(4001)]).toBe('nvarchar(max)')
  })

  it('is declared alike in all rows of a batch, spare ones included', () => {
    const longest = `"${'x'.repeat(700)}"`
    const types = declarations(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((sid) => row(sid === 'b' ? longest : '{}', sid)),
    )
    expect(types.filter((_, index) => index % 3 === 2)).toEqual(
      Array<string>(8).fill('nvarchar(1024)'),
    )
    const long = declarations([row('{}', 'a'), row(`"${'x'.repeat(5_000)}"`, 'b')])
    expect([long[2], long[5]]).toEqual(['nvarchar(max)', 'nvarchar(max)'])
  })

  it('is what is left when the blanks at its end are cut off', () => {
    for (const text of [
      '{}',
      '{"a":" "}',
      '"  "',
      '{"text":"ends with a tab\\t"}',
      '{"a":1} ',
      '{"a":1}\u00a0',
      '{"a":1}\n',
    ]) {
      const sent = blankPadded([json.encode(text) as string])[0]!
      const stored = sent.replace(/ +$/, '')
      expect([text, JSON.stringify(text)]).toContain(json.decode(stored))
    }
    expect(json.parameter).toBe('rtrim(?)')
  })

  it('that ends with a blank of its own is stored as a JSON string', () => {
    expect(json.encode('{"a":1} ')).toBe('"{\\"a\\":1} "')
    expect(native(adapter.upsert(table, [row('{"a":1} ')])).bindings[2]).toBe(
      '"{\\"a\\":1} "'.padEnd(512),
    )
  })
})

describe('an expiry', () => {
  it('is sent in the form that no setting of language reads differently, kept within the years of `datetime`', () => {
    expect(timestamp.encode(toEpochMs(Date.UTC(2026, 0, 2, 3, 4, 5, 678)))).toBe(
      '2026-01-02T03:04:05.678',
    )
    expect(timestamp.encode(toEpochMs(-8.64e15))).toBe('1753-01-01T00:00:00.000')
    expect(timestamp.encode(toEpochMs(8.64e15))).toBe('9999-12-31T00:00:00.000')
  })

  it('is read from a bigint, which tedious gives as text', () => {
    expect([
      timestamp.decode('1769860800678'),
      timestamp.decode('-1'),
      timestamp.decode(7),
    ]).toEqual([1769860800678, -1, 7])
  })

  it('is refused in any other form', () => {
    for (const cell of ['', ' ', '1e3', '2026-01-31', NaN, Infinity, null, new Date(0), 1n]) {
      expect(() => timestamp.decode(cell)).toThrow(
        /^\[knex-session\] \[mssql\] expected an expiry in milliseconds/,
      )
    }
  })
})

describe('a name', () => {
  it('is refused with a message of this dialect', () => {
    for (const name of ['', 'x'.repeat(129), '#sessions', '##sessions'])
      expect(() => adapter.quoteIdentifier(name)).toThrow(/^\[knex-session\] \[mssql\] /)
  })
})
