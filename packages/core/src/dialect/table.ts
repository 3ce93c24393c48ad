import { invalidOption } from '../errors.js'
import type { CompleteCodec, EpochMs, SessionRow } from './values.js'

/**
 * What a column holds; the adapter chooses its SQL type and codec by this. A `user` is stored and
 * compared as a `sid` is. A `version` is a text of 32 hexadecimal digits: an `update` writes only a
 * row whose version the new one follows ({@link follows}).
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
   * Which writes give the column of a row that is there a new value; one that is not there gets all
   * of them.
   *
   * - `once`: none, but an `insert` over a row that has expired, which is another session's
   * - `always`: every write of the session, but no touch
   * - `onTouch`: a touch as well
   */
  readonly written: 'once' | 'always' | 'onTouch'
  /** How many characters each value has, where all have as many. */
  readonly length?: number
  /** Whether it may be null: rows that other programs wrote have no value then. Default: no. */
  readonly nullable?: boolean
  /** Whether `createTable` makes an index on it. Default: no. */
  readonly indexed?: boolean
  /** The options of the store that ask for it, for messages. Default: it is always there. */
  readonly options?: readonly string[]
  /** How it holds a point in time, where the application says so. Default: `inspect` finds out. */
  readonly form?: TimeType
  /**
   * How a point in time travels to and from this column, where it has a `form` that the adapter has
   * a codec for, or `inspect` found another type than the adapter makes.
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
  /**
   * The columns by the field they store; those that not every table has are there where `columns`
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
  /** Default: those that connect-session-knex makes, and of options those in their comments. */
  readonly columns?: ColumnNames
  /** How many characters each session id has, where all have as many. Default: up to 255. */
  readonly sidLength?: number
  /**
   * Whether the table says whose session each is, by `user_id`, `created_at` and `last_seen_at`.
   * Default: false.
   */
  readonly userId?: boolean
  /**
   * Whether the table says when each session was created, by `created_at`, which every write and
   * touch writes then. Default: false.
   */
  readonly absoluteTtl?: boolean
  /** Whether the table has the `version` of each session. Default: false. */
  readonly onConflict?: boolean
}

/**
 * How a column holds a point in time, where its type in the database does not say it:
 *
 * - `timestamp`: as the adapter does; in a type without time zone it is UTC
 * - `local-timestamp`: in a type without time zone, the time in the zone of the connection
 * - `offset-text`: text in UTC with an offset, `2026-01-31 12:00:00.000 +00:00`
 * - `unix-seconds`, `unix-ms`: a whole number since 1970, the seconds rounded down
 */
export type TimeType = 'timestamp' | 'local-timestamp' | 'offset-text' | 'unix-seconds' | 'unix-ms'

/** The codecs of an adapter for columns of other types than its own. */
export type TimeCodecs = Readonly<Partial<Record<TimeType, CompleteCodec<EpochMs>>>>

/** A column of points in time: its name, or with how it holds them. */
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
  /** When it was made: each write of a new session gives it. Default: none, or `created_at`. */
  readonly createdAt?: TimeColumn | undefined
  /** When it was last written or touched. Default: none, or `last_seen_at`. */
  readonly lastSeenAt?: TimeColumn | undefined
  /** With the option `userId`: whose it is. Default: `user_id`. */
  readonly userId?: string | undefined
  /** With the option `onConflict`. Default: `version`. */
  readonly version?: string | undefined
}

/**
 * The definition of a session table, with the columns that connect-session-knex makes: the session
 * id, `sess` and `expired`; and with those that options of the store ask for, or name. `times`: the
 * adapter's own codecs for {@link TimeType}s.
 *
 * Throws a `TypeError` with code `ERR_INVALID_OPTION` that names the option whose name cannot be an
 * identifier, or a type that the adapter has no codec for.
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

/** A table whose columns are as `inspect` found them; the same one where they are its own. */
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
