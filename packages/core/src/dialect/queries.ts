import type { SessionTable } from './table.js'
import type { EpochMs, ServerInfo, SessionExpiry, SessionRow } from './values.js'

/**
 * One SQL statement for `knex.raw`. Placeholders are `?`, in order; a literal question mark is
 * written `\\?`.
 */
export interface Statement {
  readonly sql: string
  readonly bindings: readonly unknown[]
  /**
   * Name of a server-side prepared statement. Equal names must mean equal `sql`. Only set where the
   * driver has them.
   */
  readonly name?: string
  /**
   * Driver options of this statement, for `knex.raw(…).options(…)`; the statement must work without
   * them as well.
   */
  readonly options?: Readonly<Record<string, unknown>>
  /**
   * The time in ms after which the server is told to cancel the statement. One that the cancel
   * ended counts as one that waited for a lock (kind `locked`). For servers where a statement
   * cannot say how long it waits for locks. Only for servers that never cancel a commit: a commit
   * that waits for other servers would be reported as done before they have it. Default: never.
   */
  readonly stopAfter?: number
}

/** The most one statement may carry. */
export interface StatementLimits {
  /** Rows of one upsert or touch. Default: 100 rows. */
  readonly rows: number
  /** Session ids of one read or delete. Default: 500 ids. */
  readonly sids: number
  /**
   * Bytes of the serialized sessions of one upsert; a longer one goes by itself. They are counted
   * before `json.encode` as characters (UTF-16 code units), so leave room for what is not ASCII,
   * and for what else the statement holds. Default: 655,360, which is 128 sessions of 5 KB.
   */
  readonly bytes: number
}

/** A statement, and how its result is read. */
export interface Query<Args extends readonly unknown[], Answer> {
  statement(table: SessionTable, ...args: Args): Statement
  /** The answer in what knex.raw resolved to. */
  answer(result: unknown): Answer
}

/** What is asked of a write besides its rows. */
export interface WriteOptions {
  /**
   * How long the statement may wait for a lock of another client's, in ms, more than 0; then it
   * fails with the kind `locked`. What the connection does afterwards must not depend on it. Given
   * to adapters with `skipLocked` only, and in no transaction of the application's. A server that
   * counts in seconds may round it. Where no statement can say so, it has a `stopAfter`. Default:
   * as long as the server lets it.
   */
  readonly lockTimeout?: number | undefined
}

/** How a touch may be made cheaper. */
export interface TouchOptions extends WriteOptions {
  /**
   * False when the commit need not wait for the disk: a crash of the database may then cost the
   * last move of an expiry.
   */
  readonly durable: boolean
}

/** What one statement of a prune deletes. */
export interface PruneRange {
  /** The most rows. */
  readonly limit: number
  /**
   * Rows that expired before this need not be looked for: they are gone, but databases may walk
   * over what is left of them in an index.
   */
  readonly from?: EpochMs
}

/** What one statement of a prune has deleted. */
export interface Pruned {
  readonly removed: number
  /**
   * The latest expiry among the deleted rows, where the next statement begins; not needed where an
   * index holds nothing of deleted rows.
   */
  readonly until?: EpochMs
}

/** What rows are to be locked for. */
export type LockPurpose = 'update' | 'delete'

/**
 * Faster statements. All that take `sids` get 1 to `limits.sids`, none twice, and all that take
 * `rows` 1 to `limits.rows`, sorted by sid, no sid twice. One that fails with kind `unsupported` or
 * `access-denied` is not sent for a minute, and the store does the work in the way of every
 * database.
 */
export interface DialectQueries {
  /**
   * Reads unexpired sessions: every column of the table, named by its field (through
   * {@link selectColumn}), of rows with `expired > now`; more rows than asked for are allowed.
   * Default: knex's query builder reads.
   */
  readonly read?:
    | Query<[sids: readonly string[], now: EpochMs], readonly Readonly<Record<string, unknown>>[]>
    | undefined
  /**
   * Writes the rows that are there, expired or not, by one statement, and makes none; it must write
   * only rows whose sid is equal byte for byte, and should lock rows in the order given. A failure
   * leaves no row changed. The answer is the sids of the rows that were there, or their number from
   * a server that reports no more, or `undefined` from one that reports nothing: the store then
   * looks for them where the number is not that of all. On a table with a `version` it gives one
   * row at a time then, since who looks later may find what somebody else has written over it.
   * Default: one update for each session.
   */
  readonly update?:
    | Query<
        [rows: readonly SessionRow[], options?: WriteOptions],
        readonly string[] | number | undefined
      >
    | undefined
  /**
   * Writes the rows of new sessions: as `upsert`, but over a row that is there only where that has
   * `expired <= now`, and then in all of its columns; it fails with kind `sid-taken` otherwise, and
   * changes no row then. It may write once more a row that is there with the same contents and
   * expiry. Default: the store looks for the rows before it upserts.
   */
  readonly insert?:
    Query<[rows: readonly SessionRow[], now: EpochMs, options?: WriteOptions], unknown> | undefined
  /**
   * Moves expiries by one statement, and gives the other columns that are `written: 'onTouch'`
   * their values: each row's own, where the row exists and `expired > now`. It must touch only rows
   * whose sid is equal byte for byte. Default: one update for each session.
   */
  readonly touch?:
    | Query<[rows: readonly SessionExpiry[], now: EpochMs, options: TouchOptions], unknown>
    | undefined
  /**
   * Deletes by session ids, sorted, and reports whose rows there were; it deletes no row whose sid
   * is not equal byte for byte. It should lock rows in the order of the sids, as `upsert` and
   * `touch` do. The answer is the sids whose rows were deleted, or their number from a server that
   * reports no more: the store then looks for the rows before it deletes several. Default: knex's
   * query builder deletes, and reports the number.
   */
  readonly destroy?:
    Query<[sids: readonly string[], options?: WriteOptions], readonly string[] | number> | undefined
  /**
   * Finds those of the sids that have a row, expired or not, by ids that are equal byte for byte.
   * Default: knex's query builder looks.
   */
  readonly exists?: Query<[sids: readonly string[]], readonly string[]> | undefined
  /**
   * Prunes: one statement that finds and deletes rows with `expired <= now`, those that expired
   * first. It must not wait for a row that somebody has locked, must never delete a live one, and
   * need not be on disk when it ends. Default, and where it fails: the store finds rows and deletes
   * them by their sids.
   */
  readonly prune?: Query<[now: EpochMs, range: PruneRange], Pruned> | undefined
  /**
   * The deletes of a prune that finds rows first: those of the sids with `expired <= now`, counted.
   * Default: knex's query builder deletes.
   */
  readonly destroyExpired?: Query<[sids: readonly string[], now: EpochMs], number> | undefined
  /**
   * Separates rows that another client has locked from others, so that the others of a batch go on
   * that such a row blocks. Only for adapters whose writes keep to
   * {@link WriteOptions.lockTimeout}. The statement locks, as a write for the purpose does, the
   * rows of the sids that nobody else has locked, waits for none, and lets them go when it ends;
   * the answer is their sids. Default: writes wait for locks.
   */
  readonly skipLocked?:
    Query<[sids: readonly string[], purpose: LockPurpose], readonly string[]> | undefined
}

/** What the database is asked about itself. */
export interface DialectServer {
  /** Asks which server this is, once before `createTable`. */
  readonly probe?: Query<[], ServerInfo> | undefined
  /**
   * Looks at a table that is there, whoever made it, before anything else is done with it. The
   * statements, which hold no value of a session, run one after the other; `answer` gets what
   * knex.raw resolved to for each. It gives the table as the other members are to get it from then
   * on, or, where no store can work on it, a sentence that says why and what to do. Where the
   * server does not know a statement (kind `unsupported`), or the user may not look
   * (`access-denied`), the table is taken for one that the adapter made.
   */
  readonly inspect?:
    | {
        statements(table: SessionTable): readonly Statement[]
        answer(results: readonly unknown[], table: SessionTable): SessionTable | string
      }
    | undefined
  /**
   * Asks whether the database user may do with the table what writes do, and does none of it; asked
   * once the table was looked at, not in a transaction of the application's. A statement that fails
   * with kind `access-denied` says no; or `answer`, which gets what knex.raw resolved to for each,
   * gives a sentence that says what is missing and what to do. Where that cannot be told, for a
   * server that takes no writes now for example, writes find out. Default: they do.
   */
  readonly rights?:
    | {
        statements(table: SessionTable): readonly Statement[]
        answer(results: readonly unknown[], table: SessionTable): string | undefined
      }
    | undefined
  /**
   * Looks whether there is a table of this name, and does not fail where there is none. Only for
   * databases that let nothing more happen in a transaction after a statement failed: the store
   * asks so in a transaction of the application's. Default: it tries to read the table.
   */
  readonly tableExists?: Query<[], boolean> | undefined
  /**
   * Asks whether connections commit each statement by themselves. Run once, not in a transaction
   * of the application's. For databases where a setting of the connection may say that they do not:
   * what the store wrote would be lost, so it works on none such. Default: they do.
   */
  readonly commits?: Query<[], boolean> | undefined
  /**
   * The code of an error, where it is in another property than `code`, `errorNum`, `number` or
   * `errno`, for messages and `databaseCode`: a number, or a word of at most 64 letters, digits,
   * `_` and `-`; anything else is not shown. Never throws.
   */
  readonly errorCode?: ((error: unknown) => unknown) | undefined
  /** The knex configuration of an embedded database to use when the application gives no `knex`. */
  readonly embedded?: (() => Readonly<Record<string, unknown>>) | undefined
}
