import fc from 'fast-check'
import { toEpochMs } from '../src/dialect/index.js'
import { isoText } from '../src/dialect/values.js'

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
