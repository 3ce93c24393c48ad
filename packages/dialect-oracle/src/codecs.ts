import {
  isoText,
  parseIsoText,
  toEpochMs,
  type CompleteCodec,
  type EpochMs,
} from '@knex-session/core/dialect'

/**
 * JSON text in a `clob` (or in the `varchar2(4000)` of a table that connect-session-knex made). A
 * cell comes as text: the driver reads it so on request, see {@link statementOptions}, and
 * otherwise knex reads the LOB. With `oracledb.future.oldJsonColumnAsObj` a column with an
 * `is json` check comes parsed.
 */
export const json: CompleteCodec<string> = {
  parameter: '?',
  select: (column) => column,
  encode: (text) => text,
  decode(cell) {
    if (typeof cell === 'string') return cell
    if (typeof cell === 'object' && cell !== null) return JSON.stringify(cell)
    throw new TypeError(`[knex-session] [oracle] expected a session as text, got ${describe(cell)}`)
  },
}

/**
 * Years of four digits, and a day less at the end, because a time zone may move an instant as far.
 */
const earliest = Date.UTC(1000, 0, 1)
const latest = Date.UTC(9999, 11, 31)

/**
 * An instant from text, with its format and offset spelled out: no NLS setting and no time zone of
 * a session has a part in it.
 */
export const instant = `to_timestamp_tz(?, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM')`

/**
 * A point in time in a column with time zone, or with local time zone as knex makes it. Out of
 * range instants are moved to the nearest one that can be stored.
 *
 * The parameter is cast to `with local time zone` so that predicates use the index on either
 * column: Oracle compares a local time zone with a time zone as the latter, so a plain
 * `to_timestamp_tz` would convert the local column and pass its index by, while a time zone column
 * is compared, and indexed, by `sys_extract_utc` anyway (Globalization Support Guide 19c, Datetime
 * Comparisons; SQL Language Reference 19c, CREATE INDEX).
 */
export const timestamp: CompleteCodec<EpochMs> = {
  parameter: `cast(${instant} as timestamp with local time zone)`,
  select: (column) => `to_char(sys_extract_utc(${column}), 'YYYY-MM-DD"T"HH24:MI:SS.FF3')`,
  encode: (at) => isoText(toEpochMs(Math.min(Math.max(at, earliest), latest)), 'T', '+00:00'),
  decode(cell) {
    const ms = typeof cell === 'string' ? parseIsoText(cell) : NaN
    if (Number.isNaN(ms))
      throw new TypeError(
        `[knex-session] [oracle] expected an expiry as ISO 8601 text, got ${describe(cell)}`,
      )
    return toEpochMs(ms)
  },
}

/**
 * UTC in a column without time zone, by functions that know of no zone: whatever takes the column
 * for a point in time reads it by the zone of the session (Database Globalization Support Guide
 * 19c, Datetime Data Types).
 */
export const localTimestamp: CompleteCodec<EpochMs> = {
  parameter: `to_timestamp(?, 'YYYY-MM-DD"T"HH24:MI:SS.FF3')`,
  select: (column) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.FF3')`,
  encode: (at) => (timestamp.encode(at) as string).slice(0, 23),
  decode: timestamp.decode,
}

/** To the second; a `date` compared with a `timestamp` would pass its index by. */
export const localDate: CompleteCodec<EpochMs> = {
  parameter: `to_date(?, 'YYYY-MM-DD"T"HH24:MI:SS')`,
  select: (column) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS".000"')`,
  encode: (at) => (timestamp.encode(at) as string).slice(0, 19),
  decode: timestamp.decode,
}

/** The part of node-oracledb's column metadata that is looked at. */
interface ColumnMetadata {
  readonly dbType?: { readonly name?: string }
}

/**
 * Options of every statement, which leave no say to settings of the application in `oracledb`.
 *
 * CLOBs come as text with the row. Otherwise knex reads each LOB in a round trip of its own, which
 * works as well. Values are passed on as they are, so that a column with an `is json` check is not
 * parsed, and a `fetchTypeHandler` of the application's changes nothing. The driver wants one of
 * its own type objects for that. The metadata of the other columns holds them, the `varchar2` of
 * the sid among these, so the driver need not be imported. A version that does not pass the other
 * columns along gets no answer, and sends LOBs.
 *
 * `maxRows` would cut a read of several sessions; 0 is no limit.
 */
export const statementOptions: Readonly<Record<string, unknown>> = Object.freeze({
  maxRows: 0,
  fetchTypeHandler(
    column: ColumnMetadata,
    columns: readonly ColumnMetadata[] = [],
  ): { type?: unknown; converter: (value: unknown) => unknown } {
    const type = isType(column, 'DB_TYPE_CLOB')
      ? columns.find((other) => isType(other, 'DB_TYPE_VARCHAR'))?.dbType
      : undefined
    return type === undefined ? { converter: unchanged } : { type, converter: unchanged }
  },
})

function isType(column: ColumnMetadata, name: string): boolean {
  return column.dbType?.name === name
}

function unchanged(value: unknown): unknown {
  return value
}

/** What a cell is, without a word of what it holds. */
function describe(cell: unknown): string {
  return cell === null
    ? 'null'
    : typeof cell === 'string'
      ? 'other text'
      : `a value of type ${typeof cell}`
}
