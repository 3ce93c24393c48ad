declare const epochMs: unique symbol

/**
 * A point in time: milliseconds since 1970-01-01T00:00:00Z, always UTC. Make one with
 * {@link toEpochMs}.
 */
export type EpochMs = number & { readonly [epochMs]: true }

/**
 * Brands a number of milliseconds since the Unix epoch; throws a `RangeError` when it is not a
 * finite number.
 */
export function toEpochMs(ms: number): EpochMs {
  if (!Number.isFinite(ms))
    throw new RangeError('not a point in time: expected milliseconds since 1970')
  return Math.trunc(ms) as EpochMs
}

const day = 86_400_000

/** `00` to `99`. */
const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, number) =>
  String(number).padStart(2, '0'),
)

/** The dates of the last days that were asked for, each at its place. */
const knownDates: { readonly day: number; readonly date: string }[] = []

/**
 * A point in time as `Date.toISOString` writes it, in a sixth of the time: the expiries of sessions
 * lie on a few days, and what is compared with them on another. Throws a `RangeError` for a point
 * that a `Date` cannot hold.
 */
export function isoText(at: EpochMs): string {
  const dayNumber = Math.floor(at / day)
  const date = dateOf(dayNumber)
  const ms = at - dayNumber * day
  const seconds = Math.floor(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  const fraction = ms - seconds * 1_000
  const milliseconds = `${String(Math.floor(fraction / 100))}${pair(fraction % 100)}`
  return `${date}${pair(Math.floor(minutes / 60))}:${pair(minutes % 60)}:${pair(seconds % 60)}.${milliseconds}Z`
}

function dateOf(dayNumber: number): string {
  const place = dayNumber & 63
  const known = knownDates[place]
  if (known?.day === dayNumber) return known.date
  const date = new Date(dayNumber * day).toISOString().slice(0, -'00:00:00.000Z'.length)
  knownDates[place] = { day: dayNumber, date }
  return date
}

function pair(number: number): string {
  return twoDigits[number] ?? ''
}
