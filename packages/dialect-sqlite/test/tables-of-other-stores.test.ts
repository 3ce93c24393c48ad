import { sessionTable, toEpochMs, type TimeType } from '@knex-session/core/dialect'
import { adapter } from '../src/adapter.js'
import { formOf } from '../src/found-table.js'

const noon = toEpochMs(Date.UTC(2026, 0, 31, 12, 0, 0, 678))
const column = {
  name: 'expires',
  type: '',
  notnull: 0,
  dflt_value: null,
  pk: 0,
  keys: 0,
  of: 'table',
}
const sid = { ...column, name: 'sid', pk: 1 }

/** The expiry that is written to a table whose rows hold others, or why none is. */
function writtenBeside(type: TimeType | undefined, ...expiries: readonly unknown[]): unknown {
  const table = sessionTable({ columns: { expired: { name: 'expires', type } } }, adapter.times)
  const rows = expiries.map((at) => ({ at }))
  const found = adapter.server!.inspect!.answer([[sid, column], rows], table)
  if (typeof found === 'string') return found
  return adapter.upsert(found, [{ sid: 'a', sess: '{}', expired: noon }]).bindings[2]
}

it.each<[TimeType | undefined, readonly unknown[], unknown]>([
  ['unix-ms', [], 1_769_860_800_678],
  ['unix-ms', [1_769_860_800_000], 1_769_860_800_678],
  ['unix-seconds', [], 1_769_860_800],
  ['offset-text', [], '2026-01-31 12:00:00.678 +00:00'],
  ['offset-text', ['2026-01-01 00:00:00.000 +00:00'], '2026-01-31 12:00:00.678 +00:00'],
  [undefined, ['2026-01-01 00:00:00.000 +00:00'], '2026-01-31 12:00:00.678 +00:00'],
  ['timestamp', [], '2026-01-31T12:00:00.678Z'],
  [undefined, [1_769_860_800], 1_769_860_800],
])('a column that is said to be %s beside %j gets %s', (type, expiries, value) => {
  expect(writtenBeside(type, ...expiries)).toBe(value)
})

it.each<[TimeType | undefined, readonly unknown[], RegExp]>([
  ['unix-ms', [1_769_860_800], /holds milliseconds, seconds, which cannot be compared/],
  ['offset-text', ['2026-01-01T00:00:00.000Z'], /holds text with an offset, ISO 8601/],
  [undefined, ['2026-01-01 00:00:00.000 +02:00'], /holds something else/],
])('a column that is said to be %s beside %j is refused', (type, expiries, says) => {
  expect(writtenBeside(type, ...expiries)).toMatch(says)
})

it('text with an offset is read as the point in time that it says', () => {
  const text = adapter.times!['offset-text']!.encode(noon)
  expect(formOf(text)).toBe('text with an offset')
  expect(adapter.times!['offset-text']!.decode(text)).toBe(noon)
})
