import { invalidOption } from '../errors.js'
import type { CompleteCodec, EpochMs, SessionRow } from './values/values.js'

/**
 * What a column holds. The adapter chooses its SQL type and codec by this. A `user` is stored and
 * compared like a `sid`. A `version` is text of 32 hexadecimal digits: an `update` writes a row
 * only if the new version follows the stored one ({@link follows}).
 */
export type ColumnType = 'sid' | 'json' | 'timestamp' | 'user' | 'version'

/** One column of the session table. */
export interface Column {
  /** The field of {@link SessionRow} that the column stores. */
  readonly field: keyof SessionRow
  /** The column's name in the database, unquoted. */
  readonly name: string
  readonly type: ColumnType
  /**
   * Which writes change the column of a row that exists. A new row gets every column.
   *
   * - `once`: none, but an `insert` over an expired row, which is another session's
   * - `always`: every write of the session, but no touch
   * - `onTouch`: a touch as well
   */
  readonly written: 'once' | 'always' | 'onTouch'
  /** How many characters every value has, if all have the same number. */
  readonly length?: number
  /** Whether it may be null: a row that another program wrote has no value then. Default: no. */
  readonly nullable?: boolean
  /** Whether `createTable` makes an index on it. Default: no. */
  readonly indexed?: boolean
  /** The store's options that need the column, for messages. Default: it is always there. */
  readonly options?: readonly string[]
  /** How it holds a point in time, if the application says so. Default: `inspect` finds out. */
  readonly form?: TimeType
  /**
   * How a point in time travels to and from this column. Set if the column has a `form` with a
   * codec, or if `inspect` found another type than the adapter makes.
   */
  readonly codec?: CompleteCodec<EpochMs>
  /**
   * The placeholder to compare a session id in order with this column. Set if `inspect` found a
   * type that a bare one would compare in another order. Default: that of the adapter.
   */
  readonly parameter?: string
}

/**
 * The definition of the session table, from which adapters read names and columns. An instance
 * never changes, so an adapter may cache SQL text by it in a `WeakMap`. A store has one; `inspect`
 * may make another one, with more for the adapter's own statements.
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
  /**
   * The columns by the field they store. Those that not every table has are here only if `columns`
   * has them.
   */
  readonly column: Readonly<Record<'sid' | 'sess' | 'expired', Column>> &
    Readonly<Partial<Record<keyof SessionRow, Column>>>
}

/** The names an application may choose. */
export interface SessionTableNames {
  readonly schemaName?: string | undefined
  /** Default: `sessions`. */
  readonly tableName?: string
  /** Default: the names that connect-session-knex gives; for other columns see their comments. */
  readonly columns?: ColumnNames
  /** How many characters every session id has, if all have the same number. Default: up to 255. */
  readonly sidLength?: number
  /**
   * Whether the table has the user of each session, with `user_id`, `created_at` and
   * `last_seen_at`. Default: false.
   */
  readonly userId?: boolean
  /**
   * Whether the table has the time when each session was created, in `created_at`. Every write and
   * touch fills it in then. Default: false.
   */
  readonly absoluteTtl?: boolean
  /** Whether the table has the `version` of each session. Default: false. */
  readonly onConflict?: boolean
}

/**
 * How a column holds a point in time, where its type in the database does not show it:
 *
 * - `timestamp`: as the adapter does; in a type without time zone it is UTC
 * - `local-timestamp`: in a type without time zone, the time in the zone of the connection
 * - `offset-text`: text in UTC with an offset, `2026-01-31 12:00:00.000 +00:00`
 * - `unix-seconds`, `unix-ms`: a whole number since 1970; seconds are rounded down
 */
export type TimeType = 'timestamp' | 'local-timestamp' | 'offset-text' | 'unix-seconds' | 'unix-ms'

/** An adapter's codecs for columns of times that are not of its own type. */
export type TimeCodecs = Readonly<Partial<Record<TimeType, CompleteCodec<EpochMs>>>>

/** A column of times: its name, or its name and how it holds them. */
export type TimeColumn =
  string | { readonly name?: string | undefined; readonly type?: TimeType | undefined }

/** The names of columns by what they hold. */
export interface ColumnNames {
  /** The session id. Default: `sid`. */
  readonly sid?: string | undefined
  /** The session itself. Default: `sess`. */
  readonly sess?: string | undefined
  /** When it ends. Default: `expired`. */
  readonly expired?: TimeColumn | undefined
  /**
   * When the session was first written. Default: no column, or `created_at` if an option needs it.
   */
  readonly createdAt?: TimeColumn | undefined
  /** When it was last written or touched. Default: no column, or `last_seen_at` with `userId`. */
  readonly lastSeenAt?: TimeColumn | undefined
  /** The session's user, with the option `userId`. Default: `user_id`. */
  readonly userId?: string | undefined
  /** The version of the row, with the option `onConflict`. Default: `version`. */
  readonly version?: string | undefined
}

/**
 * Makes the definition of a session table: the columns that connect-session-knex makes (`sid`,
 * `sess` and `expired`), and those that options of the store need or name. `times` are the
 * adapter's codecs for {@link TimeType}s.
 *
 * Throws a `TypeError` with code `ERR_INVALID_OPTION` for a name that cannot be an identifier, and
 * for a type that the adapter has no codec for. The message names the option.
 */
export function sessionTable(names: SessionTableNames = {}, times: TimeCodecs = {}): SessionTable {
  const { schemaName, tableName = 'sessions' } = names
  if (schemaName !== undefined) checkIdentifier('schemaName', schemaName)
  checkIdentifier('tableName', tableName)
  const columns: readonly Column[] = Object.freeze(
    columnsOf(names).map((column) => chosen(column, names.columns?.[column.field], times)),
  )
  for (const { field, name } of columns)
    if (columns.find((each) => each.name.toLowerCase() === name.toLowerCase())?.field !== field)
      throw invalidOption(`columns.${field}`, `'${name}' is the name of another column`)
  return Object.freeze(withColumns({ schemaName, tableName }, columns))
}

/** The table with the columns that `inspect` found; the same object if they are the same. */
export function withColumns(
  table: Pick<SessionTable, 'schemaName' | 'tableName'> & Partial<SessionTable>,
  columns: readonly Column[],
): SessionTable {
  if (columns.every((column, place) => column === table.columns?.[place]))
    return table as SessionTable
  const byField: unknown = Object.fromEntries(columns.map((each) => [each.field, each]))
  return { ...table, columns, column: Object.freeze(byField as SessionTable['column']) }
}

/** A column with the name and the type that the application gave it. */
function chosen(column: Column, choice: TimeColumn | undefined, times: TimeCodecs): Column {
  const { name = column.name, type }: Exclude<TimeColumn, string> =
    typeof choice === 'object' ? choice : { name: choice }
  checkIdentifier(`columns.${column.field}`, name)
  if (type === undefined) return Object.freeze({ ...column, name })
  const codec = times[type]
  if (type !== 'timestamp' && !codec) {
    const known = ['timestamp', ...Object.keys(times)].map((each) => `'${each}'`)
    const problem = `the dialect has no type '${type}'; it has ${known.join(', ')}`
    throw invalidOption(`columns.${column.field}`, problem)
  }
  return Object.freeze({ ...column, name, form: type, ...(codec && { codec }) })
}

/**
 * Those of options are null in rows that were there before, and in those that a process without
 * them writes. Where the creation bounds a session's life each write fills it in, so that no
 * session is without for long.
 */
function columnsOf({
  userId = false,
  absoluteTtl = false,
  onConflict = false,
  columns: named = {},
  sidLength: length,
}: SessionTableNames): readonly Column[] {
  const asking = (asked: Readonly<Record<string, boolean>>) =>
    Object.freeze(Object.keys(asked).filter((option) => asked[option]))
  const time = (field: 'createdAt' | 'lastSeenAt', asked: Readonly<Record<string, boolean>>) => ({
    field,
    type: 'timestamp' as const,
    options: asking({ ...asked, columns: named[field] !== undefined }),
  })
  const options = asking({ userId })
  const added: readonly Column[] = [
    { field: 'userId', name: 'user_id', type: 'user', written: 'always', indexed: true, options },
    {
      ...time('createdAt', { userId, absoluteTtl }),
      name: 'created_at',
      written: absoluteTtl ? 'onTouch' : 'once',
    },
    { ...time('lastSeenAt', { userId }), name: 'last_seen_at', written: 'onTouch' },
    {
      field: 'version',
      name: 'version',
      type: 'version',
      written: 'always',
      options: asking({ onConflict }),
    },
  ]
  return [
    { field: 'sid', name: 'sid', type: 'sid', written: 'once', ...(length && { length }) },
    { field: 'sess', name: 'sess', type: 'json', written: 'always' },
    { field: 'expired', name: 'expired', type: 'timestamp', written: 'onTouch', indexed: true },
    ...added
      .filter((column) => column.options?.length !== 0)
      .map((column) => ({ ...column, nullable: true })),
  ]
}

/**
 * Refused are names no database takes, and `?`, which knex reads as a placeholder wherever it
 * stands in SQL text.
 */
function checkIdentifier(option: string, name: unknown): void {
  if (typeof name !== 'string' || name === '')
    throw invalidOption(option, 'expected a non-empty string')
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f?\ud800-\udfff]/u.test(name)) {
    throw invalidOption(
      option,
      'a name must hold no control character, lone surrogate or question mark',
    )
  }
}

/** The name of the table, for messages. */
export function nameOf({ tableName, schemaName }: SessionTable): string {
  return `'${tableName}'${schemaName === undefined ? '' : ` in the schema '${schemaName}'`}`
}
