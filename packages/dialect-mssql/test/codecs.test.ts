import { sessionTable, toEpochMs, type SessionRow } from '@knex-session/core/dialect'
import { adapter } from '../src/adapter.js'
import { json, timestamp } from '../src/codecs.js'
import { native } from './golden.js'

const table = sessionTable()
const now = toEpochMs(0)
const row = (sess: string, sid = 'a'): SessionRow => ({ sid, sess, expired: now })

describe('the text of a session', () => {
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
      const sent = json.encode(text) as string
      const stored = sent.replace(/ +$/, '')
      expect([text, JSON.stringify(text)]).toContain(json.decode(stored))
    }
    expect(json.parameter).toBe('rtrim(?)')
  })

  it('that ends with a blank of its own is stored as a JSON string', () => {
    const sent = '"{\\"a\\":1} "'.padEnd(256)
    expect(json.encode('{"a":1} ')).toBe(sent)
    expect(native(adapter.upsert(table, [row('{"a":1} ')])).bindings[1]).toBe(sent)
  })

  it('is longer than any id, and by no more than it needs', () => {
    const sent = [2, 255, 256, 257, 5_000].map(
      (length) => (json.encode('x'.repeat(length)) as string).length,
    )
    expect(sent).toEqual([256, 256, 256, 257, 5_000])
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
