import {
  isoText,
  parseIsoText,
  toEpochMs,
  type CompleteCodec,
  type EpochMs,
} from '@knex-session/core/dialect'

/**
 * SQLite stores JSON as the text it is given: `\u0000`, lone surrogates and any depth come back as
 * they went.
 */
export const json: CompleteCodec<string> = {
  parameter: '?',
  select: (column) => column,
  encode: (text) => text,
  decode(cell) {
    if (typeof cell === 'string') return cell
    throw new TypeError(`[knex-session] [sqlite] expected a session as text, got ${describe(cell)}`)
  },
}

/**
 * The years that ISO 8601 writes with four digits and no sign, in ms: beyond them the text no
 * longer sorts by time.
 */
const earliest = Date.parse('0000-01-01T00:00:00.000Z')
const latest = Date.parse('9999-12-31T23:59:59.999Z')

/** The nearest point in time that sorts. */
function stored(at: EpochMs): EpochMs {
  return toEpochMs(Math.min(Math.max(at, earliest), latest))
}

/**
 * Times are ISO 8601 text in UTC with milliseconds, as connect-session-knex writes them: texts of
 * one length that sort by time, so the index serves comparisons. Points before the year 0 or after
 * 9999 become the first or last of these.
 *
 * Whatever the form of a column, each form is read.
 */
export const timestamp: CompleteCodec<EpochMs> = {
  parameter: '?',
  select: (column) => column,
  encode: (at) => isoText(stored(at)),
  decode(cell) {
    const ms =
      typeof cell === 'string'
        ? parseUtc(cell)
        : typeof cell === 'number' || typeof cell === 'bigint'
          ? msOf(Number(cell))
          : NaN
    if (!Number.isFinite(ms))
      throw new TypeError(
        `[knex-session] [sqlite] expected an expiry as ISO 8601 text, got ${describe(cell)}`,
      )
    return toEpochMs(ms)
  },
}

/**
 * Numbers from here on are ms since 1970 (from March 1973 on), smaller ones seconds (until the year
 * 5138).
 */
export const leastMs = 100_000_000_000

function msOf(at: number): number {
  return Math.abs(at) < leastMs ? at * 1_000 : at
}

/**
 * Numbers of ms since 1970, which is what better-sqlite3 makes of a `Date`. An end before 1973 is
 * one in 1973.
 */
export const milliseconds: CompleteCodec<EpochMs> = {
  ...timestamp,
  encode: (at) => Math.max(at, leastMs),
}

/**
 * The least number that counts as seconds since 1970; days since 4714 BC, as `julianday()` counts
 * them, are in the millions.
 */
export const leastSeconds = 100_000_000

/** Numbers of whole seconds since 1970: up to 1 s early. An end before 1973 is one in 1973. */
export const seconds: CompleteCodec<EpochMs> = {
  ...timestamp,
  encode: (at) => Math.floor(Math.min(Math.max(at / 1_000, leastSeconds), leastMs - 1)),
}

/**
 * What SQLite's `datetime()` gives, with milliseconds, which sort with the texts that have none. In
 * UTC.
 */
export const sqliteText: CompleteCodec<EpochMs> = {
  ...timestamp,
  encode: (at) => isoText(stored(at), ' ', ''),
}

/** What Sequelize writes, in UTC. */
export const offsetText: CompleteCodec<EpochMs> = {
  ...timestamp,
  encode: (at) => `${sqliteText.encode(at) as string} +00:00`,
}

/**
 * Text without a zone is UTC; `Date.parse` by itself would take it for local time. A column of text
 * makes texts of numbers.
 */
function parseUtc(text: string): number {
  // As this package writes it: no look at other forms.
  const at = parseIsoText(text)
  if (!Number.isNaN(at)) return at
  return /^\d+(?:\.\d+)?$/.test(text) ? msOf(Number(text)) : Date.parse(text)
}

/** What a cell is, without a word of what it holds. */
function describe(cell: unknown): string {
  return cell === null
    ? 'null'
    : typeof cell === 'string'
      ? 'other text'
      : `a value of type ${typeof cell}`
}
