import type { ErrorKind } from '../errors.js'
import type { DriverAccess } from './driver.js'
import type { Statement, StatementLimits } from './statement.js'

export type { ErrorKind } from '../errors.js'

declare const epochMs: unique symbol

/** A point in time: milliseconds since 1970-01-01T00:00:00Z, always UTC. Make one with {@link toEpochMs}. */
export type EpochMs = number & { readonly [epochMs]: true }

/** Brands a number of milliseconds since the Unix epoch; throws a `RangeError` when it is not a finite number. */
export function toEpochMs(ms: number): EpochMs {
  if (!Number.isFinite(ms)) throw new RangeError('not a point in time: expected milliseconds since 1970')
  return Math.trunc(ms) as EpochMs
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
  /** How an expiry travels to and from this column, where {@link DialectAdapter.inspect} found another type than the adapter makes. */
  readonly codec?: CompleteCodec<EpochMs>
}

/**
 * The definition of the session table: the one value adapters read names and columns from.
 * An instance never changes, so an adapter may key a `WeakMap` cache of SQL text by it. A store has one, and another one when
 * {@link DialectAdapter.inspect} made one of it, which may carry more for the adapter's statements.
 */
export interface SessionTable {
  /** Schema (PostgreSQL, SQL Server, Oracle), database (MySQL) or attached database (SQLite), unquoted; none by default. */
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
  /** The value of a cell that was read through `select`; throws a `TypeError` for a cell it cannot read, without quoting it. */
  decode(cell: unknown): Value
  /** The placeholder an encoded value is written through, for example `cast(? as datetime2(3))`. Default: `?`. */
  readonly parameter?: string
  /** The SQL expression that reads a column, given its quoted name. Default: the column itself. */
  select?(column: string): string
}

/** A {@link ColumnCodec} with every default filled in. */
export type CompleteCodec<Value> = Required<ColumnCodec<Value>>

/**
 * What `probe` found out about the server; adapters read their own fields. Core adds `salt`: eight hexadecimal digits, others each time, for
 * names that nothing else has.
 */
export type ServerInfo = Readonly<Record<string, string | number | boolean>>

/** How a touch may be made cheaper. */
export interface TouchOptions {
  /** False when the commit need not wait for the disk: a crash of the database may then cost the last move of an expiry. */
  readonly durable: boolean
}

/** What one statement of a prune deletes. */
export interface PruneRange {
  /** The most rows. */
  readonly limit: number
  /** Rows that expired before this need not be looked for: they are gone, but databases may walk over what is left of them in an index. */
  readonly from?: EpochMs
}

/** What one statement of a prune has deleted. */
export interface Pruned {
  readonly removed: number
  /** The latest expiry among the deleted rows, where the next statement begins; not needed where an index holds nothing of deleted rows. */
  readonly until?: EpochMs
}

/** What rows are to be locked for. */
export type LockPurpose = 'update' | 'delete'

/** How session ids are told apart byte for byte. */
export interface ExactSid {
  /** The expression that is compared, made of the quoted column. */
  column(quoted: string): string
  /** The placeholder that it is compared with. */
  readonly parameter: string
  /** The binding for the placeholder. Default: the id itself. */
  encode?(sid: string): unknown
  /** A cheaper condition for the store to add: that the quoted column holds one of `sids`, byte for byte. */
  among?(quoted: string, sids: readonly string[]): Pick<Statement, 'sql' | 'bindings'>
}

/**
 * One database's SQL text, column encodings and error codes.
 *
 * An adapter is pure: values in, SQL text and bindings out. Apart from `driver` it does no I/O; it starts no timer, imports no driver and
 * holds no knex instance. Its law: for equal arguments every member returns equal results, no value of a session ever becomes SQL text, and every
 * identifier goes through `quoteIdentifier`.
 *
 * Only the members marked required in {@link DialectSpec} are needed; the store falls back to knex's query builder for the rest.
 */
export interface DialectAdapter {
  readonly apiVersion: 1
  /** Short name for messages, for example `postgres`. Two adapters of one name and the same clients count as copies of one. */
  readonly name: string
  /** The knex client names it answers to. */
  readonly clients: readonly string[]
  /** Quotes one identifier, escaping the quote character; throws a `TypeError` for a name the database cannot take. */
  quoteIdentifier(name: string): string
  /**
   * The statements that create the table, its primary key and its index on the expiry, in order. They run only after the table was
   * found missing. One that fails with `already-exists` is the last: another process was faster, and makes the rest. So an index whose name
   * may be taken, by one of another table, gets a name of its own: {@link expiryIndexName} with the server's `salt`.
   */
  createTable(table: SessionTable, server: ServerInfo): readonly Statement[]
  /**
   * One atomic statement that writes all rows, inserting or replacing each.
   * `rows` holds 1 to `limits.rows` rows, sorted by sid, no sid twice. A failure leaves no row of the batch changed.
   * A row whose sid differs from an existing one only in a way the column's collation ignores must fail or be stored apart.
   */
  upsert(table: SessionTable, rows: readonly SessionRow[]): Statement
  readonly json: CompleteCodec<string>
  readonly timestamp: CompleteCodec<EpochMs>
  /**
   * Tells what an error of the driver means, by its codes. A message may decide only where there is no code to tell, and only its end, in a
   * form that no value of a session can imitate: knex writes the statement with its values before it. Never throws.
   * `table` is the one that the failed statement was about, for databases that name the column that is at fault.
   */
  classify(error: unknown, table?: SessionTable): ErrorKind
  /**
   * The code of an error, where the driver has it in another property than `code`, `errorNum`, `number` or `errno`, for messages and
   * `databaseCode`: a number, or a word of at most 64 letters, digits, `_` and `-`; anything else is not shown. Never throws.
   */
  errorCode?(error: unknown): unknown
  /** The placeholder of a session id, for example `cast(? as varchar(255))`, where a bare `?` has no type. Default: `?`. */
  readonly sidParameter?: string
  readonly limits: StatementLimits
  /**
   * For databases whose collations or `=` may take different session ids for equal: an expression on the quoted column, and the
   * placeholder to compare it with, that tell ids apart byte for byte. The store adds `column in (parameter, …)` to its deletes.
   */
  readonly exactSid?: ExactSid
  /**
   * Fast path for reading unexpired sessions. `sids`: 1 to `limits.sids`, none twice. The statement selects the columns `sid`,
   * `sess` (through `json.select`) and `expired` (through `timestamp.select`) of rows with `expired > now`; more rows than asked for are allowed.
   */
  readonly read?: {
    statement(table: SessionTable, sids: readonly string[], now: EpochMs): Statement
    /** The rows in what knex.raw resolved to. */
    rows(result: unknown): readonly Readonly<Record<string, unknown>>[]
  }
  /**
   * Fast path for moving expiries: one statement that sets each row's own expiry where the row exists and `expired > now`.
   * `rows`: 1 to `limits.rows`, sorted by sid, no sid twice. It must touch only rows whose sid is equal byte for byte.
   */
  touch?(table: SessionTable, rows: readonly SessionExpiry[], now: EpochMs, options: TouchOptions): Statement
  /**
   * Fast path for pruning: one statement that finds and deletes rows with `expired <= now`, those that expired first. It must not wait for
   * a row that somebody has locked, must never delete a live one, and need not be on disk when it ends. Where the server refuses it, the store
   * finds rows and deletes them by their sids.
   */
  readonly prune?: {
    statement(table: SessionTable, now: EpochMs, range: PruneRange): Statement
    /** The reading of what knex.raw resolved to. */
    outcome(result: unknown): Pruned
  }
  /**
   * Tells rows that another client has locked from others, so that a write that such a row holds up is stopped and the others of its batch
   * go on. Only for databases whose statements can be cancelled, by `driver` or by knex. The statement locks, as a write for the purpose
   * does, those of 1 to `limits.sids` sids, none twice, that nobody else has locked, waits for none, and lets them go when it ends. Where the
   * server refuses it, writes wait for locks.
   */
  readonly unlocked?: {
    statement(table: SessionTable, sids: readonly string[], purpose: LockPurpose): Statement
    /** The sids of the rows that were locked, from what knex.raw resolved to. */
    sids(result: unknown): readonly string[]
  }
  /**
   * Fast path for deletes by session ids, which tells whose rows there were: one statement that deletes the rows of 1 to `limits.sids` sids,
   * sorted, none twice, and of no sid that is not equal byte for byte. It should lock rows in the order of the sids, as `upsert` and `touch`
   * do. Where the server refuses it, knex's query builder deletes.
   */
  readonly destroy?: {
    statement(table: SessionTable, sids: readonly string[]): Statement
    /**
     * The sids whose rows were deleted, from what knex.raw resolved to; or their number from a server that tells no more. The store then looks
     * for the rows before it deletes several.
     */
    removed(result: unknown): readonly string[] | number
  }
  /** Fast path for finding those of 1 to `limits.sids` sids, none twice, that have a row, expired or not, by ids that are equal byte for byte. */
  readonly existing?: {
    statement(table: SessionTable, sids: readonly string[]): Statement
    /** The sids in what knex.raw resolved to. */
    sids(result: unknown): readonly string[]
  }
  /** Fast path for the deletes of a prune that finds rows first: those of 1 to `limits.sids` sids, none twice, with `expired <= now`. */
  readonly destroyExpired?: {
    statement(table: SessionTable, sids: readonly string[], now: EpochMs): Statement
    /** How many rows were deleted, from what knex.raw resolved to. */
    removed(result: unknown): number
  }
  /**
   * What is done by the driver itself, on a connection that knex lent and takes back: a fast path past knex's own preparation of a statement,
   * used only with prepared statements on and while nobody listens to the queries of the knex instance, and what knex has no way for. The
   * one member that does I/O.
   */
  readonly driver?: DriverAccess
  /** Driver options of every statement, for `.options(…)` of knex; clients of drivers that do not know one must ignore it. */
  readonly statementOptions?: Readonly<Record<string, unknown>>
  /**
   * Looks at a table that is there, whoever made it, before anything else is done with it. The statements, which hold no value of a session,
   * run one after the other; `read` gets what knex.raw resolved to for each. It gives the table as the other members are to get it from then
   * on, or, where no store can work on it, a sentence that says why and what to do. Where the database
   * user may not look (kind `access-denied`), the table is taken for one that the adapter made.
   */
  readonly inspect?: {
    statements(table: SessionTable): readonly Statement[]
    read(results: readonly unknown[], table: SessionTable): SessionTable | string
  }

  /**
   * A statement that tells whether there is a table of this name, and does not fail where there is none; the reading of what knex.raw
   * resolved to. Only for databases that let nothing more happen in a transaction after a statement failed: the store asks so in a
   * transaction of the application's. Default: it tries to read the table.
   */
  readonly tableExists?: { statement(table: SessionTable): Statement; read(result: unknown): boolean }
  /**
   * A statement that tells whether connections commit each statement by themselves, and the reading of what knex.raw resolved to. Run once,
   * not in a transaction of the application's. For databases where a setting of the connection may say that they do not: what the store
   * wrote would be lost, so it works on none such. Default: they do.
   */
  readonly commits?: { readonly statement: Statement; read(result: unknown): boolean }
  /** A statement that tells which server this is, run once before `createTable`, and the reading of what knex.raw resolved to. */
  readonly probe?: { readonly statement: Statement; read(result: unknown): ServerInfo }
  /** The knex configuration of an embedded database to use when the application gives no `knex`. */
  defaultKnexConfig?(): Readonly<Record<string, unknown>>
}

type OptionalMember =
  | 'errorCode'
  | 'sidParameter'
  | 'exactSid'
  | 'read'
  | 'touch'
  | 'prune'
  | 'unlocked'
  | 'destroy'
  | 'existing'
  | 'destroyExpired'
  | 'driver'
  | 'statementOptions'
  | 'inspect'
  | 'tableExists'
  | 'commits'
  | 'probe'
  | 'defaultKnexConfig'

type OptionalMembers = { readonly [Member in OptionalMember]?: DialectAdapter[Member] | undefined }

/**
 * What an adapter's author writes; {@link defineDialect} checks it, fills the defaults and freezes the result. An adapter is a specification
 * too, so that a new one can be made of another; an optional member that is `undefined` counts as left out.
 */
export interface DialectSpec
  extends Omit<DialectAdapter, 'apiVersion' | 'json' | 'timestamp' | 'limits' | OptionalMember>, OptionalMembers {
  readonly json: ColumnCodec<string>
  readonly timestamp: ColumnCodec<EpochMs>
  readonly limits?: Partial<StatementLimits> | undefined
}
