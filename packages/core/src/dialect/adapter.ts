import type { ErrorKind } from '../errors.js'
import type {
  DialectQueries,
  DialectServer,
  Statement,
  StatementLimits,
  WriteOptions,
} from './queries.js'
import type { Column, SessionTable, TimeCodecs, TimeType } from './table.js'
import type {
  ColumnCodec,
  CompleteCodec,
  EpochMs,
  ServerInfo,
  SessionRow,
} from './values/values.js'

/** How to compare session ids byte for byte. */
export interface ExactSid {
  /** The expression to compare, made of the quoted column. */
  column(quoted: string): string
  /** The placeholder to compare it with. */
  readonly parameter: string
  /** The binding for the placeholder. Default: the id itself. */
  encode?(sid: string): unknown
  /**
   * A cheaper condition that the store adds: the quoted column holds one of `sids`, byte for byte.
   */
  among?(quoted: string, sids: readonly string[]): Pick<Statement, 'sql' | 'bindings'>
  /**
   * The placeholder for a session id that is written, or compared with the bare column. Default:
   * `?`.
   */
  readonly plainParameter?: string | undefined
}

/**
 * For databases whose `=` distinguishes session ids, but where a bare `?` has no type.
 * `plainParameter` is then, for example, `cast(? as varchar(255))`.
 */
export interface PlainSid {
  readonly plainParameter: string
  readonly column?: undefined
}

/** What a driver may use to cancel a statement. */
export interface CancelMeans {
  /** Aborted when there is no more time to cancel. Nothing that was opened for it may stay open. */
  readonly signal: AbortSignal
  /**
   * What the connections of the pool are made with: the settings in knex's `connection`, or the
   * options of the application's own pool.
   */
  readonly settings: Readonly<Record<string, unknown>>
  /**
   * Lends another connection of the pool until `use` settles, for a server that has no room for one
   * more.
   */
  readonly controlConnection: (use: (connection: unknown) => Promise<void>) => Promise<void>
}

/** What the server does for one connection. It may go on when the connection is lost. */
export interface Backend {
  /** Whether the connection is closed on this side. The server may not know that yet. */
  isLost(): boolean
  /**
   * Makes sure, by another connection of the pool, that the server does nothing more for this one:
   * neither what it does now nor what is still on its way. Must never end the work of anybody else.
   * Resolves when the work is over, also if it was over before. Rejects when that cannot be done.
   * `signal` is aborted when the time for it is over.
   */
  kill(by: unknown, signal: AbortSignal): Promise<void>
}

/** What the adapter does through the driver itself. A connection is what knex's pool holds. */
export interface DriverAccess {
  /**
   * Whether the connection is one of the driver meant here. With any other driver knex does all of
   * this.
   */
  accepts(connection: unknown): boolean
  /**
   * Options for every statement, for `.options(…)` of knex, with any driver. A client that does not
   * know one must ignore it.
   */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /**
   * Runs a statement. Returns what knex.raw would have resolved to, or a promise of it. Default:
   * knex runs every statement.
   */
  run?(connection: unknown, statement: Statement): unknown
  /**
   * Property descriptors that make the store's own knex client different from the application's:
   * for settings that would change what is stored, and for what a client shares between
   * connections. `shared` is the application's client, also that of a transaction. What the store
   * sends through knex goes through its own client, on connections of the application's.
   */
  ownClient?(shared: object): PropertyDescriptorMap
  /**
   * Rolls back what a failed statement left open on a connection, before anybody else gets it. For
   * servers that undo only the statement, and keep its transaction with locks that others wait for.
   * Called after every failure, but never on the connection of an application's transaction.
   * `error` is what the driver threw. If it rejects, the connection is dropped. Default: nothing is
   * left open.
   */
  rollback?(connection: unknown, error?: unknown): Promise<void>
  /**
   * Has the server cancel the statement that the connection waits for: a late one could undo what
   * is written meanwhile. Called also for statements that knex runs. Resolves when the server has
   * been asked; rejects when that was not possible. Default, and when it returns `undefined`: knex
   * cancels, if it can, through one more connection.
   */
  cancelQuery?(connection: unknown, means: CancelMeans): Promise<void> | undefined
  /**
   * Finds out how to recognize what the server does for this connection. Called once per
   * connection, before the first write on it. Resolves to `undefined` if that cannot be recognized;
   * never rejects. Default: it cannot. Then a write that was under way when its connection was lost
   * may take effect after it was sent again.
   */
  identifyBackend?(connection: unknown): Promise<Backend | undefined>
  /**
   * Ends a connection at once, whatever it is doing. Called when a statement on it took too long
   * and could not be cancelled.
   */
  destroy(connection: unknown): void
}

/**
 * One database's SQL text, column encodings and error codes.
 *
 * An adapter is pure: values in, SQL text and bindings out. Only `driver` does I/O. An adapter
 * starts no timer, imports no driver and holds no knex instance. Equal arguments give equal
 * results. No value of a session becomes SQL text, and every identifier goes through
 * `quoteIdentifier`.
 *
 * Eight members are required and make a complete adapter. The five groups make it faster, or exact
 * where the database is not.
 */
export interface DialectAdapter {
  readonly apiVersion: 2
  /**
   * Short name for messages, for example `postgres`. Two adapters with the same name and the same
   * clients count as copies of one.
   */
  readonly name: string
  /** The knex client names it answers to. */
  readonly clients: readonly string[]
  /**
   * Quotes one identifier and escapes the quote character. Throws a `TypeError` for a name that the
   * database cannot take.
   */
  quoteIdentifier(name: string): string
  /**
   * The statements that create the table, its primary key and an index on every `indexed` column,
   * in order. They run only after the table was found missing. If one fails with `already-exists`,
   * the rest are not sent: another process was faster and makes them. So give an index a name that
   * no index of another table can have: {@link indexName} with the server's `salt`.
   */
  createTable(table: SessionTable, server: ServerInfo): readonly Statement[]
  /**
   * The statements that add columns, and the indexes on them, to an existing table. A store shows
   * them to the user and never runs them; `addSessionColumns` does. Default: only the names of the
   * columns are shown.
   */
  readonly addColumns?:
    | ((
        table: SessionTable,
        columns: readonly Column[],
        server: ServerInfo,
      ) => readonly Statement[])
    | undefined
  /**
   * One atomic statement that inserts or replaces all rows. A row that exists keeps its columns
   * that are `written: 'once'`. `rows` holds 1 to `limits.rows` rows, sorted by sid, no sid twice.
   * A failure changes no row of the batch. If a sid differs from an existing one only in a way that
   * the column's collation ignores, it must fail or be stored as another row.
   */
  upsert(table: SessionTable, rows: readonly SessionRow[], options?: WriteOptions): Statement
  readonly json: CompleteCodec<string>
  readonly timestamp: CompleteCodec<EpochMs>
  /**
   * Codecs for columns of times that other stores made. For a {@link Column.form} with such a codec
   * `createTable` makes a column of that kind. Default: none but `timestamp`.
   */
  readonly times?: TimeCodecs | undefined
  /**
   * Says what an error of the driver means, by its codes. A message may decide only where no code
   * can, and only its end, in a form that no value of a session can imitate: knex writes the
   * statement with its values before it. Never throws. `table` is the one that the failed statement
   * was about, for databases that name the column at fault.
   */
  classify(error: unknown, table?: SessionTable): ErrorKind
  readonly limits: StatementLimits
  /**
   * For databases whose collations or `=` may take different session ids for equal: an expression
   * on the quoted column, and the placeholder to compare it with, that distinguish ids byte for
   * byte. The store adds `column in (parameter, …)` to its deletes.
   */
  readonly exactSid?: ExactSid | PlainSid | undefined
  /** Statements that are faster than those of knex's query builder, or that it cannot make. */
  readonly queries?: DialectQueries | undefined
  /**
   * What is done through the driver itself, on a connection that knex lends and takes back: a
   * faster way to run a statement, and what knex has no way for. The faster way is used only with
   * prepared statements on, and while nobody listens to the queries of the knex instance. The one
   * group that does I/O.
   */
  readonly driver?: DriverAccess | undefined
  /**
   * What the store asks the database about itself and the existing table, and how it opens an
   * embedded database.
   */
  readonly server?: DialectServer | undefined
}

/**
 * What the author of an adapter writes. {@link defineDialect} checks it, fills in the defaults and
 * freezes the result. An adapter is a specification too, so a new one can be made from another. An
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
