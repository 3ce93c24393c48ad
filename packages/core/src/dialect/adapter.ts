import type { ErrorKind } from '../errors.js'
import type {
  DialectQueries,
  DialectServer,
  Statement,
  StatementLimits,
  WriteOptions,
} from './queries.js'
import type { Column, SessionTable, TimeCodecs, TimeType } from './table.js'
import type { ColumnCodec, CompleteCodec, EpochMs, ServerInfo, SessionRow } from './values.js'

/** How session ids are compared byte for byte. */
export interface ExactSid {
  /** The expression that is compared, made of the quoted column. */
  column(quoted: string): string
  /** The placeholder that it is compared with. */
  readonly parameter: string
  /** The binding for the placeholder. Default: the id itself. */
  encode?(sid: string): unknown
  /**
   * A cheaper condition for the store to add: that the quoted column holds one of `sids`, byte for
   * byte.
   */
  among?(quoted: string, sids: readonly string[]): Pick<Statement, 'sql' | 'bindings'>
  /**
   * The placeholder of a session id that is written, or compared with the column as it is. Default:
   * `?`.
   */
  readonly plainParameter?: string | undefined
}

/**
 * Session ids that `=` distinguishes, where a bare `?` has no type: `plainParameter` is then, for
 * example, `cast(? as varchar(255))`.
 */
export interface PlainSid {
  readonly plainParameter: string
  readonly column?: undefined
}

/** What a driver may use to cancel a statement. */
export interface CancelMeans {
  /** Aborted when the time for it is over; nothing that was opened for it may stay open then. */
  readonly signal: AbortSignal
  /**
   * What the driver makes the connections of the pool with: the settings in knex's `connection`, or
   * the options of the application's own pool.
   */
  readonly settings: Readonly<Record<string, unknown>>
  /**
   * Lends another connection of the pool until `use` settles, for when the server has no room for
   * one more.
   */
  readonly controlConnection: (use: (connection: unknown) => Promise<void>) => Promise<void>
}

/** What the server does for one connection, which may go on when the connection is lost. */
export interface Backend {
  /** Whether the connection is closed on this side; the server need not know. */
  isLost(): boolean
  /**
   * Makes sure, by another connection of the pool, that nothing more is done for this one on the
   * server: neither what it does now nor what is still on the way to it. Must never end what is
   * done for anybody else. Resolves when it is over, also when it was over before; rejects where
   * that cannot be brought about. `signal` is aborted when the time for it is over.
   */
  kill(by: unknown, signal: AbortSignal): Promise<void>
}

/** What the adapter does by the driver itself. A connection is what knex's pool holds. */
export interface DriverAccess {
  /** Whether the connection is of the driver meant here; knex does it all for any other. */
  accepts(connection: unknown): boolean
  /**
   * Options of every statement, for `.options(…)` of knex, whatever the driver; clients of drivers
   * that do not know one must ignore it.
   */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /**
   * What knex.raw would have resolved to, or a promise of it. Default: knex runs every statement.
   */
  run?(connection: unknown, statement: Statement): unknown
  /**
   * What the store's own client of knex has instead of the application's, as property descriptors:
   * for settings of the application that would change what is stored, and for what a client shares
   * between connections. `shared` is the application's client, also that of a transaction.
   * Everything that the store sends by knex goes by its own client; connections come from the
   * application's.
   */
  ownClient?(shared: object): PropertyDescriptorMap
  /**
   * Rolls back what a failed statement left open on a connection, before anybody else gets it: for
   * servers that undo only the statement, and keep its transaction with the locks that others wait
   * for. Called after every failure, never on the connection of a transaction of the application's.
   * `error` is what the driver threw. Where it rejects, the connection is dropped. Default: nothing
   * is left open.
   */
  rollback?(connection: unknown, error?: unknown): Promise<void>
  /**
   * Has the server cancel the statement that the connection waits for: one that took too long could
   * undo later what is written meanwhile. Called also for statements that knex runs. Resolves when
   * the server has been told, and rejects when it could not be. Default, and where it gives
   * `undefined`: what knex does, if it can, by one more connection.
   */
  cancelQuery?(connection: unknown, means: CancelMeans): Promise<void> | undefined
  /**
   * Finds out, once for each connection and before the first write on it, how to tell what the
   * server does for it from anything else. Gives `undefined` where that cannot be told. Does not
   * reject. Default: it cannot. Then a write that was under way when its connection was lost may
   * take effect after it was sent again.
   */
  identifyBackend?(connection: unknown): Promise<Backend | undefined>
  /**
   * Ends a connection at once, whatever it is doing: a statement on it took too long and could not
   * be cancelled.
   */
  destroy(connection: unknown): void
}

/**
 * One database's SQL text, column encodings and error codes.
 *
 * An adapter is pure: values in, SQL text and bindings out. Except for `driver` it does no I/O; it
 * starts no timer, imports no driver and holds no knex instance. Its law: for equal arguments every
 * member returns equal results, no value of a session ever becomes SQL text, and every identifier
 * goes through `quoteIdentifier`.
 *
 * Eight members are required and make a complete adapter. The five groups make it faster, or exact
 * where the database is not.
 */
export interface DialectAdapter {
  readonly apiVersion: 2
  /**
   * Short name for messages, for example `postgres`. Two adapters of one name and the same clients
   * count as copies of one.
   */
  readonly name: string
  /** The knex client names it answers to. */
  readonly clients: readonly string[]
  /**
   * Quotes one identifier, escaping the quote character; throws a `TypeError` for a name the
   * database cannot take.
   */
  quoteIdentifier(name: string): string
  /**
   * The statements that create the table, its primary key and its indexes, those on the expiry and
   * other columns that are `indexed`, in order. They run only after the table was found missing.
   * One that fails with `already-exists` is the last: another process was faster, and makes the
   * rest. So an index whose name may be taken, by one of another table, gets a name of its own:
   * {@link indexName} with the server's `salt`.
   */
  createTable(table: SessionTable, server: ServerInfo): readonly Statement[]
  /**
   * The statements that add columns, and the indexes on them, to a table that is there. A store
   * shows them to the user and never runs them; `addSessionColumns` does. Default: the names of the
   * columns are told.
   */
  readonly addColumns?:
    | ((
        table: SessionTable,
        columns: readonly Column[],
        server: ServerInfo,
      ) => readonly Statement[])
    | undefined
  /**
   * One atomic statement that writes all rows, inserting or replacing each: a row that is there
   * keeps what is `written: 'once'`. `rows` holds 1 to `limits.rows` rows, sorted by sid, no sid
   * twice. A failure leaves no row of the batch changed. A row whose sid differs from an existing
   * one only in a way the column's collation ignores must fail or be stored as another row.
   */
  upsert(table: SessionTable, rows: readonly SessionRow[], options?: WriteOptions): Statement
  readonly json: CompleteCodec<string>
  readonly timestamp: CompleteCodec<EpochMs>
  /**
   * Codecs for columns of points in time that other stores made. Such a {@link Column.form} is also
   * what `createTable` makes of the column. Default: none but `timestamp`.
   */
  readonly times?: TimeCodecs | undefined
  /**
   * Says what an error of the driver means, by its codes. A message may decide only where there is
   * no code to tell, and only its end, in a form that no value of a session can imitate: knex
   * writes the statement with its values before it. Never throws. `table` is the one that the
   * failed statement was about, for databases that name the column that is at fault.
   */
  classify(error: unknown, table?: SessionTable): ErrorKind
  readonly limits: StatementLimits
  /**
   * For databases whose collations or `=` may take different session ids for equal: an expression
   * on the quoted column, and the placeholder to compare it with, that distinguish ids byte for
   * byte. The store adds `column in (parameter, …)` to its deletes.
   */
  readonly exactSid?: ExactSid | PlainSid | undefined
  /** Statements that are faster than what knex's query builder makes, or that it has none for. */
  readonly queries?: DialectQueries | undefined
  /**
   * What is done by the driver itself, on a connection that knex lent and takes back: a fast path
   * past knex's own preparation of a statement, used only with prepared statements on and while
   * nobody listens to the queries of the knex instance, and what knex has no way for. The one group
   * that does I/O.
   */
  readonly driver?: DriverAccess | undefined
  /**
   * What the database is asked about itself and the table that is there, and how it is opened where
   * it is embedded.
   */
  readonly server?: DialectServer | undefined
}

/**
 * What an adapter's author writes; {@link defineDialect} checks it, fills the defaults and freezes
 * the result. An adapter is a specification too, so that a new one can be made of another; an
 * optional member that is `undefined` counts as left out.
 */
export interface DialectSpec extends Omit<
  DialectAdapter,
  'apiVersion' | 'json' | 'timestamp' | 'times' | 'limits'
> {
  readonly json: ColumnCodec<string>
  readonly timestamp: ColumnCodec<EpochMs>
  readonly times?: Readonly<Partial<Record<TimeType, ColumnCodec<EpochMs>>>> | undefined
  readonly limits?: Partial<StatementLimits> | undefined
}
