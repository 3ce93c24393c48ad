import type { EpochMs } from './values.js'

const day = 86_400_000

/** `00` to `99`. */
const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, number) =>
  String(number).padStart(2, '0'),
)

/** The dates of the last days that were asked for, each at its place. */
const knownDates: { readonly day: number; readonly date: string }[] = []

/**
 * A point in time as `Date.toISOString` writes it, but six times as fast: the dates of the last
 * days are kept. `separator` and `end` replace the `T` and the `Z`. Throws a `RangeError` for a
 * time that a `Date` cannot hold.
 */
export function isoText(at: EpochMs, separator = 'T', end = 'Z'): string {
  const dayNumber = Math.floor(at / day)
  const date = dateOf(dayNumber)
  const ms = at - dayNumber * day
  const seconds = Math.floor(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  const fraction = ms - seconds * 1_000
  const milliseconds = `${String(Math.floor(fraction / 100))}${pair(fraction % 100)}`
  return `${date}${separator}${pair(Math.floor(minutes / 60))}:${pair(minutes % 60)}:${pair(seconds % 60)}.${milliseconds}${end}`
}

function dateOf(dayNumber: number): string {
  const place = dayNumber & 63
  const known = knownDates[place]
  if (known?.day === dayNumber) return known.date
  const date = new Date(dayNumber * day).toISOString().slice(0, -'T00:00:00.000Z'.length)
  knownDates[place] = { day: dayNumber, date }
  return date
}

function pair(number: number): string {
  return twoDigits[number] ?? ''
}

const utcText = /^\d{4}-\d\d-\d\d[ T](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?Z?$/

/** Days that were read last, each at the place of its day of the month. */
const knownDays: { readonly date: string; readonly at: number }[] = []

/**
 * The ms since 1970 of a time written as text in UTC, five times as fast as `Date.parse`; `NaN` for
 * any other text. The form is `YYYY-MM-DD`, a space or `T`, and `HH:MM:SS`. A fraction of up to
 * nine digits may follow, of which three count, and a `Z`.
 */
export function parseIsoText(text: string): number {
  if (!utcText.test(text)) return NaN
  const date = text.slice(0, 10)
  const place = digits(text, 8)
  let known = knownDays[place]
  if (known?.date !== date) knownDays[place] = known = { date, at: Date.parse(date) }
  const seconds = (digits(text, 11) * 60 + digits(text, 14)) * 60 + digits(text, 17)
  return known.at + seconds * 1_000 + digits(text, 20) * 10 + digit(text, 22)
}

function digits(text: string, place: number): number {
  return 10 * digit(text, place) + digit(text, place + 1)
}

/** 0 beyond the last digit. */
function digit(text: string, place: number): number {
  const value = text.charCodeAt(place) - 48
  return value >= 0 && value <= 9 ? value : 0
}
