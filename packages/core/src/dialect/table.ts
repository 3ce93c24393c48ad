import { invalidOption } from '../errors.js'
import type { EpochMs } from './epoch-ms.js'

/** One session as it is stored. */
export interface SessionRow {
  /** Session id, at most 255 characters, compared byte for byte. */
  readonly sid: string
  /** The serialized session: JSON text. */
  readonly sess: string
  /** When the session ends. */
  readonly expired: EpochMs
  /**
   * The user whose session it is, `null` before the log-in: at most 255 characters, compared byte
   * for byte.
   */
  readonly userId?: string | null
  /** When the session was created. */
  readonly createdAt?: EpochMs
  /** When the session was last written or touched. */
  readonly lastSeenAt?: EpochMs | null
  /**
   * Sixteen hexadecimal digits that no other write has, and after them those of the version that it
   * follows, or zeros.
   */
  readonly version?: string
}

/**
 * A row of which only the expiry moves, and what else a touch writes. The store itself writes
 * `userId`, of a row that has none: adapters do not write it.
 */
export type SessionExpiry = Pick<
  SessionRow,
  'sid' | 'expired' | 'createdAt' | 'lastSeenAt' | 'userId'
>

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
  /**
   * The columns by the field they store; those that not every table has are there where `columns`
   * has them.
   */
  readonly column: Readonly<Record<'sid' | 'sess' | 'expired', Column>> &
    Readonly<Partial<Record<keyof SessionRow, Column>>>
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
 * What `probe` found out about the server; adapters read their own fields. Core adds, to what is
 * sent, `salt`: eight hexadecimal digits, others each time, for names that nothing else has; and
 * `inTransaction`: whether it is sent in a transaction.
 */
export type ServerInfo = Readonly<Record<string, string | number | boolean>>

/** The names an application may choose. */
export interface SessionTableNames {
  readonly schemaName?: string | undefined
  /** Default: `sessions`. */
  readonly tableName?: string
  /** Default: `sid`. */
  readonly sidFieldName?: string
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
 * The definition of a session table, with the columns that connect-session-knex makes: the session
 * id, `sess` and `expired`; and with those that options of the store ask for.
 * Throws a `TypeError` with code `ERR_INVALID_OPTION` that names the option whose name cannot be an
 * identifier.
 */
export function sessionTable(names: SessionTableNames = {}): SessionTable {
  const { schemaName, tableName = 'sessions', sidFieldName = 'sid', sidLength } = names
  if (schemaName !== undefined) checkIdentifier('schemaName', schemaName)
  checkIdentifier('tableName', tableName)
  checkIdentifier('sidFieldName', sidFieldName)
  const sid: Column = Object.freeze({
    field: 'sid',
    name: sidFieldName,
    type: 'sid',
    written: 'once',
    ...(sidLength === undefined ? {} : { length: sidLength }),
  })
  const others = [...columnsOfAll, ...columnsOfOptions(names)]
  if (others.some(({ name }) => name === sidFieldName.toLowerCase())) {
    throw invalidOption('sidFieldName', `'${sidFieldName}' is the name of another column`)
  }
  const columns: readonly Column[] = Object.freeze([sid, ...others])
  const column = Object.freeze(
    Object.fromEntries(columns.map((each) => [each.field, each])),
  ) as unknown as SessionTable['column']
  return Object.freeze({ schemaName, tableName, columns, column })
}

const columnsOfAll: readonly Column[] = [
  Object.freeze({ field: 'sess', name: 'sess', type: 'json', written: 'always' }),
  Object.freeze({
    field: 'expired',
    name: 'expired',
    type: 'timestamp',
    written: 'onTouch',
    indexed: true,
  }),
]

/**
 * Null in rows that were there before, and in those that a process without them writes. Where the
 * creation bounds a session's life each write fills it in, so that no session is without for long.
 */
function columnsOfOptions({
  userId = false,
  absoluteTtl = false,
  onConflict = false,
}: SessionTableNames): readonly Column[] {
  const asking = (asked: Readonly<Record<string, boolean>>) =>
    Object.freeze(Object.keys(asked).filter((option) => asked[option]))
  const options = asking({ userId })
  const columns: readonly Column[] = [
    { field: 'userId', name: 'user_id', type: 'user', written: 'always', indexed: true, options },
    {
      field: 'createdAt',
      name: 'created_at',
      type: 'timestamp',
      written: absoluteTtl ? 'onTouch' : 'once',
      options: asking({ userId, absoluteTtl }),
    },
    { field: 'lastSeenAt', name: 'last_seen_at', type: 'timestamp', written: 'onTouch', options },
    {
      field: 'version',
      name: 'version',
      type: 'version',
      written: 'always',
      options: asking({ onConflict }),
    },
  ]
  return columns
    .filter((column) => column.options?.length !== 0)
    .map((column) => Object.freeze({ ...column, nullable: true }))
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
      'a name must not hold control characters, lone surrogates or a question mark',
    )
  }
}

/** The name of the table, for messages. */
export function nameOf({ tableName, schemaName }: SessionTable): string {
  return `'${tableName}'${schemaName === undefined ? '' : ` in the schema '${schemaName}'`}`
}
