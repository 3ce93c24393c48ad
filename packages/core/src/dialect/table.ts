import { invalidOption } from '../errors.js'

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

let knownDay = NaN
let knownDate = ''

/**
 * A point in time as `Date.toISOString` writes it, in a sixth of the time: expiries of sessions lie
 * close together, so their date is nearly always that of the last one. Throws a `RangeError` for a
 * point that a `Date` cannot hold.
 */
export function isoText(at: EpochMs): string {
  const dayNumber = Math.floor(at / day)
  if (dayNumber !== knownDay) {
    knownDate = new Date(dayNumber * day).toISOString().slice(0, -'00:00:00.000Z'.length)
    knownDay = dayNumber
  }
  const ms = at - dayNumber * day
  const seconds = Math.floor(ms / 1_000)
  const minutes = Math.floor(seconds / 60)
  const fraction = ms - seconds * 1_000
  const milliseconds = `${String(Math.floor(fraction / 100))}${pair(fraction % 100)}`
  return `${knownDate}${pair(Math.floor(minutes / 60))}:${pair(minutes % 60)}:${pair(seconds % 60)}.${milliseconds}Z`
}

function pair(number: number): string {
  return twoDigits[number] ?? ''
}

/** One session as it is stored. */
export interface SessionRow {
  /** Session id, at most 255 characters, compared byte for byte. */
  readonly sid: string
  /** The serialized session: JSON text. */
  readonly sess: string
  /** When the session ends. */
  readonly expired: EpochMs
}

/** A row of which only the expiry moves. */
export type SessionExpiry = Pick<SessionRow, 'sid' | 'expired'>

/** What a column holds; the adapter chooses its SQL type and codec by this. */
export type ColumnType = 'sid' | 'json' | 'timestamp'

/** One column of the session table. */
export interface Column {
  /** The field of {@link SessionRow} that the column stores. */
  readonly field: keyof SessionRow
  /** The column's name in the database, unquoted. */
  readonly name: string
  readonly type: ColumnType
  /**
   * How an expiry travels to and from this column, where `inspect` found another type than the
   * adapter makes.
   */
  readonly codec?: CompleteCodec<EpochMs>
  /**
   * The placeholder of a session id that is compared in order with this column, where `inspect`
   * found a type that a bare one is not compared with as the column is sorted. Default: that of the
   * adapter.
   */
  readonly parameter?: string
}

/**
 * The definition of the session table: the one value adapters read names and columns from. An
 * instance never changes, so an adapter may key a `WeakMap` cache of SQL text by it. A store has
 * one, and another one when `inspect` made one of it, which may carry more for the adapter's
 * statements.
 */
export interface SessionTable {
  /**
   * Schema (PostgreSQL, SQL Server, Oracle), database (MySQL) or attached database (SQLite),
   * unquoted; none by default.
   */
  readonly schemaName: string | undefined
  /** Table name, unquoted. */
  readonly tableName: string
  /** Every column, in the order of inserts; the `sid` column is the primary key and comes first. */
  readonly columns: readonly Column[]
  /** The columns by the field they store. */
  readonly column: Readonly<Record<keyof SessionRow, Column>>
}

/** How one kind of value travels to and from the database. */
export interface ColumnCodec<Value> {
  /** The binding to send for a value. */
  encode(value: Value): unknown
  /**
   * The value of a cell that was read through `select`; throws a `TypeError` for a cell it cannot
   * read, without quoting it.
   */
  decode(cell: unknown): Value
  /**
   * The placeholder an encoded value is written through, for example `cast(? as datetime2(3))`.
   * Default: `?`.
   */
  readonly parameter?: string
  /** The SQL expression that reads a column, given its quoted name. Default: the column itself. */
  select?(column: string): string
}

/** A {@link ColumnCodec} with every default filled in. */
export type CompleteCodec<Value> = Required<ColumnCodec<Value>>

/**
 * What `probe` found out about the server; adapters read their own fields. Core adds `salt`: eight
 * hexadecimal digits, others each time, for names that nothing else has.
 */
export type ServerInfo = Readonly<Record<string, string | number | boolean>>

/** The names an application may choose. */
export interface SessionTableNames {
  readonly schemaName?: string | undefined
  /** Default: `sessions`. */
  readonly tableName?: string
  /** Default: `sid`. */
  readonly sidFieldName?: string
}

/**
 * The definition of a session table, with the columns that connect-session-knex makes: the session
 * id, `sess` and `expired`. Throws a `TypeError` with code `ERR_INVALID_OPTION` that names the
 * option whose name cannot be an identifier.
 */
export function sessionTable(names: SessionTableNames = {}): SessionTable {
  const { schemaName, tableName = 'sessions', sidFieldName = 'sid' } = names
  if (schemaName !== undefined) checkIdentifier('schemaName', schemaName)
  checkIdentifier('tableName', tableName)
  checkIdentifier('sidFieldName', sidFieldName)
  const sid: Column = Object.freeze({ field: 'sid', name: sidFieldName, type: 'sid' })
  const sess: Column = Object.freeze({ field: 'sess', name: 'sess', type: 'json' })
  const expired: Column = Object.freeze({ field: 'expired', name: 'expired', type: 'timestamp' })
  if ([sess.name, expired.name].includes(sidFieldName.toLowerCase())) {
    throw invalidOption('sidFieldName', `'${sidFieldName}' is the name of another column`)
  }
  return Object.freeze({
    schemaName,
    tableName,
    columns: Object.freeze([sid, sess, expired]),
    column: Object.freeze({ sid, sess, expired }),
  })
}

/**
 * Refused are names no database takes, and `?`, which knex reads as a placeholder wherever it
 * stands in SQL text.
 */
function checkIdentifier(option: string, name: unknown): void {
  if (typeof name !== 'string' || name === '')
    throw invalidOption(option, 'expected a non-empty string')
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f?]/.test(name) || !isWellFormed(name)) {
    throw invalidOption(
      option,
      'a name must not hold control characters, lone surrogates or a question mark',
    )
  }
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text)
}

/** The name of the table, for messages. */
export function nameOf({ tableName, schemaName }: SessionTable): string {
  return `'${tableName}'${schemaName === undefined ? '' : ` in the schema '${schemaName}'`}`
}
