import {
  isoText,
  toEpochMs,
  wrapJson,
  type Column,
  type ColumnType,
  type CompleteCodec,
  type EpochMs,
} from '@knex-session/core/dialect'

const sqlTypes: Readonly<Record<ColumnType, string>> = {
  sid: 'nvarchar(255)',
  json: 'nvarchar(max)',
  timestamp: 'datetime2(3)',
  user: 'nvarchar(255)',
  version: 'nvarchar(32)',
}

/**
 * Characters in the shortest text that is sent. The driver's own client declares a longer text than
 * an id as `nvarchar(max)`, so that every text of a session is declared alike.
 */
const shortest = 256

/**
 * JSON text in `nvarchar(max)`, filled up with blanks, which the server cuts off again. So a text
 * that ends with blanks of its own, which only another serializer than JSON writes, is sent as one
 * JSON string.
 */
export const json: CompleteCodec<string> = {
  parameter: 'rtrim(?)',
  select: (column) => column,
  encode: (text) => (text.endsWith(' ') ? wrapJson(text) : text).padEnd(shortest),
  decode(cell) {
    if (typeof cell === 'string') return cell
    throw new TypeError(`[knex-session] [mssql] expected a session as text, got ${describe(cell)}`)
  },
}

/**
 * The bounds of what every SQL Server date type holds: `datetime` begins in 1753 and rounds the
 * last instants of 9999 up.
 */
const earliest = Date.UTC(1753, 0, 1)
const latest = Date.UTC(9999, 11, 31)

/**
 * UTC in a column without a time zone. Out of range instants are moved to the nearest one that can
 * be stored.
 *
 * In: `YYYY-MM-DDTHH:MM:SS.mmm`, which no language or `dateformat` setting reads differently; no
 * `Z`, because the conversion to `datetime2` does not look at offsets. Not a `Date`, which knex
 * binds as `datetime`, exact to 3 ms only. Out: milliseconds since 1970 from `datediff_big` (SQL
 * Server 2016), which tedious hands over as text, so its `useUTC` has no part in it. The cast lets
 * columns of type `datetime` and `datetime2(7)`, as connect-session-knex makes them, be read the
 * same way.
 */
export const timestamp: CompleteCodec<EpochMs> = {
  parameter: 'cast(? as datetime2(3))',
  select: (column) =>
    `datediff_big(millisecond, cast('1970-01-01T00:00:00' as datetime2(3)), cast(${column} as datetime2(3)))`,
  encode: (at) => isoText(toEpochMs(Math.min(Math.max(at, earliest), latest))).slice(0, 23),
  decode(cell) {
    const ms = typeof cell === 'string' && /^-?\d+$/.test(cell) ? Number(cell) : cell
    if (typeof ms === 'number' && Number.isFinite(ms)) return toEpochMs(ms)
    throw new TypeError(
      `[knex-session] [mssql] expected an expiry in milliseconds, as bigint, got ${describe(cell)}`,
    )
  },
}

/**
 * A `datetimeoffset` is the point in time that it says, also when another program wrote it with an
 * offset. It is compared with UTC as it should be
 * (https://learn.microsoft.com/sql/t-sql/data-types/datetimeoffset-transact-sql); a cast would drop
 * the offset.
 */
export const timestampWithOffset: CompleteCodec<EpochMs> = {
  ...timestamp,
  select: (column) => timestamp.select(`switchoffset(${column}, '+00:00')`),
}

/** Whole numbers since 1970, each worth so many ms, up to the greatest that the column holds. */
function numbers(worth: number, greatest: number): CompleteCodec<EpochMs> {
  return {
    ...timestamp,
    parameter: 'cast(? as bigint)',
    select: (column) => `cast(${column} as bigint) * ${String(worth)}`,
    encode: (at) => String(Math.floor(Math.min(Math.max(at / worth, -greatest), greatest))),
  }
}

/** Columns of times as other stores make them. */
export const times: Readonly<Record<'unix-seconds' | 'unix-ms', CompleteCodec<EpochMs>>> = {
  'unix-seconds': numbers(1_000, 8_640_000_000_000),
  'unix-ms': numbers(1, 8_640_000_000_000_000),
}

/** Seconds in an `int`, which end in 2038. */
export const secondsInInt: CompleteCodec<EpochMs> = numbers(1_000, 0x7fff_ffff)

/** The SQL type of a column in new tables, variables and table variables. */
export function sqlTypeOf({ type, form, codec }: Column): string {
  return (form ?? '').startsWith('unix') || codec === secondsInInt ? 'bigint' : sqlTypes[type]
}

/** What a cell is, without a word of what it holds. */
function describe(cell: unknown): string {
  return cell === null
    ? 'null'
    : typeof cell === 'string'
      ? 'other text'
      : `a value of type ${typeof cell}`
}
