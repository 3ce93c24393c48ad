import fc from 'fast-check'
import { toEpochMs } from '../src/dialect/index.js'
import { isoText, parseIsoText } from '../src/dialect/values/iso-text.js'

describe('the text of a point in time', () => {
  it('is what Date makes of it, whatever came before', () => {
    const anyTime = fc.oneof(
      fc.integer({ min: -8.64e15, max: 8.64e15 }),
      fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 0, 3) }),
    )
    fc.assert(
      fc.property(fc.array(anyTime, { minLength: 1, maxLength: 20 }), (times) => {
        for (const time of times)
          expect(isoText(toEpochMs(time))).toBe(new Date(time).toISOString())
      }),
      { seed: 20_263, numRuns: 500 },
    )
  })

  it('cannot be told for what a Date cannot hold', () => {
    expect(() => isoText(toEpochMs(8.64e15 + 86_400_000))).toThrow(RangeError)
  })
})

describe('reading the text of a point in time', () => {
  it('gives what Date makes of it, whatever came before', () => {
    const form = fc.record({
      at: fc.integer({ min: Date.UTC(0, 0, 1), max: Date.UTC(9999, 11, 31) }),
      separator: fc.constantFrom('T', ' '),
      fraction: fc.constantFrom('', '.', '.0', '.07', '.123', '.9876543'),
      end: fc.constantFrom('Z', ''),
    })
    fc.assert(
      fc.property(fc.array(form, { minLength: 1, maxLength: 20 }), (texts) => {
        for (const { at, separator, fraction, end } of texts) {
          const [date, time] = new Date(at).toISOString().slice(0, 19).split('T')
          const text = `${String(date)}${separator}${String(time)}${fraction}${end}`
          const expected =
            fraction === '.' ? NaN : Date.parse(`${String(date)}T${String(time)}${fraction}Z`)
          expect(parseIsoText(text)).toBe(expected)
        }
      }),
      { seed: 20_264, numRuns: 500 },
    )
  })

  it.each([
    '',
    '2026-12-01',
    '2026-12-01T10',
    '2026-12-01T10:00.5',
    '2026-12-01T24:00:00.000Z',
    '2026-12-01T10:60:00.000Z',
    '2026-12-01T10:00:60.000Z',
    '2026-12-01T10:00:00.000+01:00',
    '02026-12-01T10:00:00.000Z',
    '2026-13-01T10:00:00.000Z',
    '2026-12-00T10:00:00.000Z',
    '2026-12-01T10:00:00.000Z ',
  ])('gives NaN for another text: %j', (text) => {
    expect(parseIsoText(text)).toBeNaN()
  })
})
