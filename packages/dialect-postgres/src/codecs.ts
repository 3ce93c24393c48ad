import { toEpochMs, wrapJson, type CompleteCodec, type EpochMs } from '@knex-session/core/dialect'

/**
 * Stands between the texts of a batch. JSON text cannot hold it: control characters are escaped
 * there (RFC 8259, section 7).
 */
export const jsonSeparator = '\u001f'

/**
 * Escapes that `jsonb` refuses, `\u0000` and lone surrogates, and the separator of batches, should
 * a serializer write it unescaped.
 */
// eslint-disable-next-line no-control-regex -- a control character is what is looked for
const needsWrapping = /\\u(?:0000|d[89a-f])|\u001f/i

/**
 * JSON travels as text both ways, whatever type parsers the application has set in its driver.
 *
 * PostgreSQL's `json` takes every JSON text. `jsonb` does not (docs 18, section 8.14), and it is
 * what some tables were altered to. The adapter does not know
 * which it writes to, so a text that `jsonb` would refuse is sent as one JSON string, which both
 * take and every reader parses once more.
 */
export const json: CompleteCodec<string> = {
  parameter: '?::json',
  select: (column) => `${column}::text`,
  encode: (text) => (needsWrapping.test(text) ? wrapJson(text) : text),
  decode(cell) {
    if (typeof cell === 'string') return cell
    throw new TypeError(
      `[knex-session] [postgres] expected a session as text, got ${describe(cell)}`,
    )
  },
}

/** How points in time travel to and from a column, each as milliseconds. */
export interface TimeCodec extends CompleteCodec<EpochMs> {
  /** What the column holds at so many seconds since 1970, a double. */
  value(seconds: string): string
}

/**
 * 4713 BC, the first point in time of a timestamptz (docs 18, section 8.5), and the last of a
 * JavaScript Date, in ms.
 */
const earliest = -210_866_803_200_000
const latest = 8_640_000_000_000_000

/**
 * Times travel as milliseconds since 1970, so no time zone and no `DateStyle` of a process, session
 * or server has a say in them. Points beyond what the column and JavaScript both hold, `infinity`
 * among them, become the nearest one they do. `date_part` gives a double; `extract` gives a
 * `numeric` since version 14 (docs 18, section 9.9.1), which takes three times as long. It is text
 * on its way, as a double is misread where node-postgres is asked for its binary form (pg-types 2,
 * lib/binaryParsers.js), and of a whole number, since a double loses digits by the setting
 * `extra_float_digits`; `infinity` is none. A double is exact to the microsecond until 2255 and
 * within 16 µs until the year 9999, so that the cast rounds to the millisecond sent.
 */
export const timestamp: TimeCodec = {
  value: (seconds) => `to_timestamp(${seconds})`,
  parameter: 'to_timestamp(?::float8 / 1000)',
  select: (column) =>
    `case when isfinite(${column}) then (date_part('epoch', ${column}) * 1000)::bigint::text else date_part('epoch', ${column})::text end`,
  encode: (at) => clamp(at),
  decode(cell) {
    const ms = numberOf(cell)
    if (Number.isNaN(ms))
      throw new TypeError(
        `[knex-session] [postgres] expected an expiry in milliseconds, got ${describe(cell)}`,
      )
    return toEpochMs(clamp(Math.round(ms)))
  },
}

/**
 * Times in a column without time zone are UTC. The server would convert them by the time zone of
 * the session, so that an expiry would be off by its offset, and some not there at all when clocks
 * change.
 */
export const utcTimestamp: TimeCodec = {
  ...timestamp,
  value: (seconds) => `${timestamp.value(seconds)} at time zone 'UTC'`,
  parameter: `(${timestamp.parameter} at time zone 'UTC')`,
}

const unixSeconds: TimeCodec = {
  ...timestamp,
  value: (seconds) => `floor(${seconds})::bigint`,
  parameter: 'floor(?::float8 / 1000)::bigint',
  select: (column) => `(${column}::bigint * 1000)::text`,
}

/** An `integer` of seconds, which end in 2038. */
export const integerSeconds: TimeCodec = {
  ...unixSeconds,
  encode: (at) => Math.min(Math.max(at, -0x7fff_ffff * 1_000), 0x7fff_ffff * 1_000),
}

/** Columns of times as other stores make them. */
export const times: Readonly<Record<'local-timestamp' | 'unix-seconds' | 'unix-ms', TimeCodec>> = {
  /**
   * The time in the zone of the session, which a store writes that leaves the conversion to the
   * server. What ends in the hour that comes twice when clocks go back may end an hour late.
   */
  'local-timestamp': {
    ...timestamp,
    value: (seconds) => `${timestamp.value(seconds)}::timestamp`,
    parameter: `${timestamp.parameter}::timestamp`,
    select: (column) => timestamp.select(`${column}::timestamptz`),
  },
  'unix-seconds': unixSeconds,
  'unix-ms': {
    ...timestamp,
    value: (seconds) => `(${seconds} * 1000)::bigint`,
    parameter: '(?::float8)::bigint',
    select: (column) => `${column}::bigint::text`,
  },
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, earliest), latest)
}

/**
 * A number, however the application has its driver parse one: as text, a BigInt, or an object that
 * prints as a number.
 */
function numberOf(cell: unknown): number {
  if (cell === null || cell === undefined || typeof cell === 'symbol') return NaN
  const text = (cell as number).toString().trim()
  return text === '' ? NaN : Number(text)
}

/** What a cell is, without a word of what it holds. */
function describe(cell: unknown): string {
  return cell === null ? 'null' : `a value of type ${typeof cell}`
}
