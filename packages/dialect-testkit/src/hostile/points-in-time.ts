import fc from 'fast-check'
import type { Capabilities } from '../kit/target.js'

/**
 * A point in time that the database can hold, in the middle of a step so that rounding up and
 * cutting off both show.
 */
export function points({
  earliestExpiry,
  latestExpiry,
  timestampGranularityMs,
}: Capabilities): fc.Arbitrary<number> {
  return fc
    .integer({
      min: Math.ceil(earliestExpiry / timestampGranularityMs),
      max: Math.floor(latestExpiry / timestampGranularityMs),
    })
    .map((step) => step * timestampGranularityMs)
}

/** Points in time at which clocks, calendars and number formats turn over. */
export const turningPoints: readonly number[] = [
  '1970-01-01T00:00:00.000Z',
  '1970-01-01T00:00:00.001Z',
  '1999-12-31T23:59:59.999Z',
  '2000-02-29T12:00:00.123Z',
  '2001-09-09T01:46:40.000Z',
  '2016-12-31T23:59:59.999Z',
  '2026-03-08T10:00:00.000Z',
  '2026-03-29T00:59:59.999Z',
  '2026-03-29T01:00:00.000Z',
  '2026-03-29T01:30:00.678Z',
  '2026-10-25T00:30:00.500Z',
  '2026-10-25T01:30:00.500Z',
  '2026-11-01T06:30:00.001Z',
  '2038-01-19T03:14:07.999Z',
  '2038-01-19T03:14:08.000Z',
  '2079-06-06T23:59:00.003Z',
  '2106-02-07T06:28:16.007Z',
  '2262-04-11T23:47:16.855Z',
  '9999-12-30T23:59:59.998Z',
  '9999-12-31T23:59:59.999Z',
].map((text) => Date.parse(text))
