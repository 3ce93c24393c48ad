import {
  isoText,
  parseIsoText,
  toEpochMs,
  type CompleteCodec,
  type EpochMs,
} from '@knex-session/core/dialect'
import { sentFor } from './json-text.js'

/**
 * JSON text for MySQL's `json`, MariaDB's `longtext` with a `json_valid` check, or plain text.
 *
 * In: as {@link sentFor} says, here for a column of which nothing is known.
 *
 * Out: the UTF-8 bytes, which no connection converts and no driver parses.
 * `cast(… as char character set utf8mb4)` is how a JSON value becomes text (MySQL 8.4 manual, table
 * 13.3). MySQL gives an object back with its keys in another order.
 */
export const json: CompleteCodec<string> = {
  parameter: '?',
  select: (column) => `cast(cast(${column} as char character set utf8mb4) as binary)`,
  encode: sentFor('unknown'),
  decode(cell) {
    const text = textOf(cell)
    if (text !== undefined) return text
    if (typeof cell === 'object' && cell !== null) return JSON.stringify(cell)
    throw new TypeError(`[knex-session] [mysql] expected a session as text, got ${describe(cell)}`)
  },
}

/**
 * What a DATETIME holds (MySQL 8.4 manual, section 13.2.2), without its last second, which a column
 * of whole seconds would round up.
 */
const earliest = Date.UTC(1000, 0, 1)
const latest = Date.UTC(9999, 11, 31, 23, 59, 59)

/**
 * UTC in a column without a time zone, as text both ways: `YYYY-MM-DD HH:MM:SS.mmm`. No time zone
 * of a server, session, driver or process has a part in it. Points in time outside the years 1000
 * to 9999 become the nearest one that can be stored.
 *
 * A column of whole seconds, as connect-session-knex makes it, drops the fraction on MariaDB and
 * rounds it on MySQL: at most 1 s early or 0.5 s late. Predicates compare the plain column with the
 * parameter, so they can use the index.
 */
export const timestamp: CompleteCodec<EpochMs> = {
  parameter: '?',
  select: (column) => `cast(${column} as char)`,
  encode: (at) => isoText(toEpochMs(Math.min(Math.max(at, earliest), latest)), ' ', ''),
  decode(cell) {
    const text = textOf(cell)
    const ms = text === undefined ? NaN : parseIsoText(text)
    if (Number.isNaN(ms))
      throw new TypeError(
        `[knex-session] [mysql] expected an expiry as the text of a DATETIME, got ${describe(cell)}`,
      )
    return toEpochMs(ms)
  },
}

/**
 * The last second of a TIMESTAMP (MySQL 8.4 manual, section 13.2.2); MariaDB took more only from
 * 11.5 on.
 */
const latestTimestamp = 0x7fff_ffff

/**
 * A TIMESTAMP is a point in time, which the server shows and takes in the time zone of the
 * connection. So it is written and read as seconds since 1970, which is what it holds (MySQL 8.4
 * manual, section 14.7, `unix_timestamp` of such a column). Points in time that it cannot hold
 * become the nearest one that it can.
 *
 * Where that time zone sets its clocks back, `from_unixtime` makes one of the hour that comes
 * twice; so the adapter's own statements have UTC.
 */
export const timestampOfZone: CompleteCodec<EpochMs> = {
  parameter: 'from_unixtime(cast(? as decimal(13, 3)))',
  select: (column) => `cast(unix_timestamp(${column}) as char)`,
  encode: (at) => (Math.min(Math.max(at, 1_000), latestTimestamp * 1_000) / 1_000).toFixed(3),
  decode(cell) {
    const text = textOf(cell)
    if (text === undefined || !/^\d+(?:\.\d{1,6})?$/.test(text)) {
      throw new TypeError(
        `[knex-session] [mysql] expected an expiry in seconds since 1970, got ${describe(cell)}`,
      )
    }
    return toEpochMs(Math.round(Number(text) * 1_000_000) / 1_000)
  },
}

/** Whole numbers since 1970, each worth so many ms, up to the greatest that the column holds. */
function numbers(worth: number, greatest: number): CompleteCodec<EpochMs> {
  return {
    parameter: 'cast(? as unsigned)',
    select: (column) => `cast(${column} as char)`,
    encode: (at) => String(Math.floor(Math.min(Math.max(at / worth, 0), greatest))),
    decode(cell) {
      const text = textOf(cell)
      if (text !== undefined && /^\d+(?:\.\d+)?$/.test(text)) return toEpochMs(Number(text) * worth)
      throw new TypeError(
        `[knex-session] [mysql] expected an expiry as a number, got ${describe(cell)}`,
      )
    },
  }
}

/** Columns of times as other stores make them. */
export const times: Readonly<Record<'unix-seconds' | 'unix-ms', CompleteCodec<EpochMs>>> = {
  'unix-seconds': numbers(1_000, 8_640_000_000_000),
  'unix-ms': numbers(1, 8_640_000_000_000_000),
}

/** Seconds in an `int`, and in one that is unsigned. */
export const secondsInInt: CompleteCodec<EpochMs> = numbers(1_000, 0x7fff_ffff)
export const secondsInUnsigned: CompleteCodec<EpochMs> = numbers(1_000, 0xffff_ffff)

/** Text of a driver: a string, or bytes where the driver takes it for binary. */
export function textOf(cell: unknown): string | undefined {
  if (typeof cell === 'string') return cell
  return Buffer.isBuffer(cell) ? cell.toString('utf8') : undefined
}

/** What a cell is, without a word of what it holds. */
function describe(cell: unknown): string {
  return cell === null ? 'null' : `a value of type ${typeof cell}`
}
