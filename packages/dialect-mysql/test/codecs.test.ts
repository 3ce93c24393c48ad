import { toEpochMs } from '@knex-session/core/dialect'
import { json, timestamp } from '../src/codecs.js'
import { sentFor, type SessionColumn } from '../src/json-text.js'

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

/** What MySQL's JSON type refuses or changes, and what MariaDB's `json_valid` refuses. */
const wrapped: readonly string[] = [
  '{"a":"\\ud800"}',
  '{"a":"\\uDFFF"}',
  '{"a":"\ud800"}',
  '{"a":1e400}',
  '{"a":5e-324}',
  '[123456789.12345679]',
  '{"a":-12345678901234567890}',
  nested(32),
  nested(200),
]

const plain: readonly string[] = [
  '{}',
  '{"a":1,"b":-0.5,"c":[0,12345678901234]}',
  '{"a":9007199254740991}',
  '{"a":"1e400 is a number only in quotes"}',
  '{"a":"123456789.12345679"}',
  nested(31),
  `{"a":"${'['.repeat(100)}"}`,
]

describe('the text of a session', () => {
  it.each(wrapped)('%s is sent as one JSON string, which JSON columns do not change', (text) => {
    const sent = json.encode(text) as string
    expect(sent.startsWith('"')).toBe(true)
    expect(JSON.parse(JSON.parse(sent) as string)).toEqual(JSON.parse(text))
  })

  it.each(plain)('%s is sent as it is', (text) => {
    expect(json.encode(text)).toBe(text)
  })

  it('is sent in ASCII, so that no character set of a connection has a say in it', () => {
    expect(json.encode('{"é":"🍪 \u2028"}')).toBe('{"\\u00e9":"\\ud83c\\udf6a \\u2028"}')
  })

  it('is read from text, bytes, or what the driver has parsed', () => {
    for (const cell of ['{"a":"é"}', Buffer.from('{"a":"é"}'), { a: 'é' }])
      expect(json.decode(cell)).toBe('{"a":"é"}')
  })
})

describe('an expiry', () => {
  it('is sent as UTC text, kept within what a DATETIME holds', () => {
    expect(timestamp.encode(toEpochMs(Date.UTC(2026, 0, 2, 3, 4, 5, 678)))).toBe(
      '2026-01-02 03:04:05.678',
    )
    expect(timestamp.encode(toEpochMs(-8.64e15))).toBe('1000-01-01 00:00:00.000')
    expect(timestamp.encode(toEpochMs(8.64e15))).toBe('9999-12-31 23:59:59.000')
  })

  it('is read with and without fractions, as text or bytes', () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5)
    expect(timestamp.decode('2026-01-02 03:04:05')).toBe(at)
    expect(timestamp.decode(Buffer.from('2026-01-02 03:04:05.678'))).toBe(at + 678)
    expect(timestamp.decode('2026-01-02 03:04:05.678999')).toBe(at + 678)
  })

  it('is refused when it is no date, such as the one that MySQL calls zero', () => {
    expect(() => timestamp.decode('0000-00-00 00:00:00')).toThrow(TypeError)
  })
})

describe('the text of a session for a column that is known', () => {
  const isPlain = (column: SessionColumn, text: string) => !sentFor(column)(text).startsWith('"')
  const long = (length: number) => `{"${'k'.repeat(length)}":1}`

  it.each([
    ['0.30000000000000004', [true, true, false, false]],
    ['123.45678901234567', [true, true, false, false]],
    ['1e21', [true, true, false, false]],
    ['5e-324', [true, true, false, false]],
    ['1.7976931348623157e+308', [true, true, false, false]],
    ['36893488147419103000', [true, true, false, false]],
    ['18446744073709551615', [true, true, false, false]],
    ['18446744073709551616', [true, false, false, false]],
    ['0.123456789012345678', [true, false, false, false]],
    ['1e400', [true, false, false, false]],
    ['-0', [true, false, true, true]],
    ['-0.5', [true, true, true, true]],
    [nested(30), [true, true, true, true]],
    [nested(99), [false, true, true, false]],
    [nested(100), [false, false, false, false]],
    [long(60_000), [true, true, true, true]],
    [long(65_536), [true, false, false, false]],
    [`"${'x'.repeat(100_000)}"`, [true, true, true, true]],
    ['"\\ud800"', [false, false, false, false]],
  ] as const)(
    '(value %#) is as it is, or one JSON string, by what the column keeps',
    (value, kept) => {
      const text = `{"a":${value}}`
      expect(
        (['text', 'exact json', 'json', 'unknown'] as const).map((column) => isPlain(column, text)),
      ).toEqual(kept)
    },
  )
})
