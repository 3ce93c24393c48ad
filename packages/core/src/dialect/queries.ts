import type { SessionTable } from './table.js'
import type { EpochMs, ServerInfo, SessionExpiry, SessionRow } from './values/values.js'

/**
 * One SQL statement for `knex.raw`. Placeholders are `?`, in order. Write a literal question mark
 * as `\\?`.
 */
export interface Statement {
  readonly sql: string
  readonly bindings: readonly unknown[]
  /**
   * Name of a prepared statement on the server. Equal names must mean equal `sql`. Only for drivers
   * that have them.
   */
  readonly name?: string
  /** Driver options for `knex.raw(…).options(…)`. The statement must also work without them. */
  readonly options?: Readonly<Record<string, unknown>>
  /**
   * The time in ms after which the server is asked to cancel the statement. One that was cancelled
   * so counts as one that waited for a lock (kind `locked`). For servers where a statement cannot
   * limit how long it waits for locks. Only for servers that never cancel a commit: one that waits
   * for other servers would be reported as done before they have it. Default: never.
   */
  readonly stopAfter?: number
}

/** The most that one statement may carry. */
export interface StatementLimits {
  /** Rows of one upsert or touch. Default: 100 rows. */
  readonly rows: number
  /** Session ids of one read or delete. Default: 500 ids. */
  readonly sids: number
  /**
   * Bytes of the serialized sessions of one upsert; a longer session goes by itself. Counted before
   * `json.encode`, as characters (UTF-16 code units): leave room for what is not ASCII, and for the
   * rest of the statement. Default: 655,360, which is 128 sessions of 5 KB.
   */
  readonly bytes: number
}

/** A statement, and how to read its result. */
export interface Query<Args extends readonly unknown[], Answer> {
  statement(table: SessionTable, ...args: Args): Statement
  /** Reads the answer from what knex.raw resolved to. */
  answer(result: unknown): Answer
}

/** What a write is told besides its rows. */
export interface WriteOptions {
  /**
   * How long the statement may wait for another client's lock, in ms, more than 0. Then it fails
   * with kind `locked`. What the connection does later must not depend on it. Only adapters with
   * `skipLocked` get it, and never in a transaction of the application's. A server that counts in
   * seconds may round it. Where no statement can say it, set a `stopAfter`. Default: as long as the
   * server lets it.
   */
  readonly lockTimeout?: number | undefined
}

/** How a touch is written. */
export interface TouchOptions extends WriteOptions {
  /**
   * False when the commit need not wait for the disk. A crash of the database may then lose the
   * last move of an expiry.
   */
  readonly durable: boolean
}

/** What one statement of a prune deletes. */
export interface PruneRange {
  /** The most rows. */
  readonly limit: number
  /**
   * Rows that expired before this are gone, and need not be looked for. Without it, databases may
   * walk over what is left of them in an index.
   */
  readonly from?: EpochMs
}

/** What one statement of a prune has deleted. */
export interface Pruned {
  readonly removed: number
  /**
   * The latest expiry among the deleted rows: the next statement begins there. Not needed where an
   * index keeps nothing of deleted rows.
   */
  readonly until?: EpochMs
}

/** What rows are locked for. */
export type LockPurpose = 'update' | 'delete'

/**
 * Faster statements. `sids` holds 1 to `limits.sids` ids, none twice. `rows` holds 1 to
 * `limits.rows` rows, sorted by sid, no sid twice. A statement that fails with kind `unsupported`
 * or `access-denied` is not sent for a minute; the store then does the work as on any database.
 */
export interface DialectQueries {
  /**
   * Reads unexpired sessions: rows with `expired > now`, every column of the table under the name
   * of its field (through {@link selectColumn}). More rows than asked for are allowed. Default:
   * knex's query builder reads.
   */
  readonly read?:
    | Query<[sids: readonly string[], now: EpochMs], readonly Readonly<Record<string, unknown>>[]>
    | undefined
  /**
   * Writes the rows that exist, expired or not, in one statement, and makes none. It must write
   * only rows whose sid is equal byte for byte, and should lock rows in the given order. A failure
   * changes no row.
   *
   * The answer is the sids of the rows that existed, or their number if the server reports no more,
   * or `undefined` if it reports nothing. Unless the number is that of all, the store looks for the
   * rows. On a table with a `version` it then gives one row at a time, since another client may
   * have written over a row before that look. Default: one update for each session.
   */
  readonly update?:
    | Query<
        [rows: readonly SessionRow[], options?: WriteOptions],
        readonly string[] | number | undefined
      >
    | undefined
  /**
   * Writes the rows of new sessions. Like `upsert`, but replaces a row that exists only if it has
   * `expired <= now`, and then all of its columns. Otherwise it fails with kind `sid-taken` and
   * changes no row. It may write a row again whose contents and expiry are the same. Default: the
   * store looks for the rows before it upserts.
   */
  readonly insert?:
    Query<[rows: readonly SessionRow[], now: EpochMs, options?: WriteOptions], unknown> | undefined
  /**
   * Moves expiries in one statement, and writes the other columns that are `written: 'onTouch'`.
   * Each row gets its own values, if it exists and has `expired > now`. It must touch only rows
   * whose sid is equal byte for byte. Default: one update for each session.
   */
  readonly touch?:
    | Query<[rows: readonly SessionExpiry[], now: EpochMs, options: TouchOptions], unknown>
    | undefined
  /**
   * Deletes by session ids, which are sorted. It must delete no row whose sid is not equal byte for
   * byte, and should lock rows in the order of the sids, as `upsert` and `touch` do. The answer is
   * the sids of the deleted rows, or their number if the server reports no more: the store then
   * looks for the rows before it deletes several. Default: knex's query builder deletes, and
   * reports the number.
   */
  readonly destroy?:
    Query<[sids: readonly string[], options?: WriteOptions], readonly string[] | number> | undefined
  /**
   * Finds which of the sids have a row, expired or not, compared byte for byte. Default: knex's
   * query builder looks.
   */
  readonly exists?: Query<[sids: readonly string[]], readonly string[]> | undefined
  /**
   * Prunes: finds and deletes rows with `expired <= now` in one statement, those that expired
   * first. It must not wait for a locked row, and must never delete a live one. It need not be on
   * disk when it ends. Default, and when it fails: the store finds rows and deletes them by their
   * sids.
   */
  readonly prune?: Query<[now: EpochMs, range: PruneRange], Pruned> | undefined
  /**
   * The delete of a prune that has found rows: deletes those of the sids with `expired <= now`, and
   * counts them. Default: knex's query builder deletes.
   */
  readonly destroyExpired?: Query<[sids: readonly string[], now: EpochMs], number> | undefined
  /**
   * Finds the rows that no other client has locked, so that a locked row does not block the others
   * of its batch. The statement locks the free rows among the sids, as a write for the purpose
   * does. It waits for none, and lets them go when it ends. The answer is their sids. Only for
   * adapters whose writes keep to {@link WriteOptions.lockTimeout}. Default: writes wait for locks.
   */
  readonly skipLocked?:
    Query<[sids: readonly string[], purpose: LockPurpose], readonly string[]> | undefined
}

/** What the store asks the database about itself, and how it opens an embedded one. */
export interface DialectServer {
  /** Asks which server this is. Sent once, before `createTable`. */
  readonly probe?: Query<[], ServerInfo> | undefined
  /**
   * Looks at an existing table, whoever made it, before anything else is done with it. The
   * statements run one after the other and hold no value of a session; `answer` gets what knex.raw
   * resolved to for each. It returns the table that the other members are to get from then on. If
   * no store can work on the table, it returns a sentence that says why and what to do. If the
   * server does not know a statement (kind `unsupported`), or the user may not look
   * (`access-denied`), the store takes the table for one that the adapter made.
   */
  readonly inspect?:
    | {
        statements(table: SessionTable): readonly Statement[]
        answer(results: readonly unknown[], table: SessionTable): SessionTable | string
      }
    | undefined
  /**
   * Asks whether the database user may do what writes do, and does none of it. Sent once the table
   * was looked at, but not in a transaction of the application's. A statement that fails with kind
   * `access-denied` means no. Otherwise `answer` gets what knex.raw resolved to for each, and
   * returns a sentence that says what is missing and what to do, if anything is. If that cannot be
   * known, as on a server that takes no writes now, writes find out. Default: writes find out.
   */
  readonly rights?:
    | {
        statements(table: SessionTable): readonly Statement[]
        answer(results: readonly unknown[], table: SessionTable): string | undefined
      }
    | undefined
  /**
   * Looks whether a table of this name exists, and does not fail if there is none. Only for
   * databases where a failed statement ends all work in a transaction: the store asks this in a
   * transaction of the application's. Default: it tries to read the table.
   */
  readonly tableExists?: Query<[], boolean> | undefined
  /**
   * Asks whether the connection commits each statement by itself. Sent once, not in a transaction
   * of the application's. For databases where a setting of the connection turns that off: what the
   * store wrote would be lost, so it refuses such connections. Default: they do.
   */
  readonly commits?: Query<[], boolean> | undefined
  /**
   * The code of an error, for messages and `databaseCode`, if it is in another property than
   * `code`, `errorNum`, `number` or `errno`. A number, or at most 64 letters, digits, `_` and `-`;
   * anything else is not shown. Never throws.
   */
  readonly errorCode?: ((error: unknown) => unknown) | undefined
  /** The knex configuration of an embedded database to use when the application gives no `knex`. */
  readonly embedded?: (() => Readonly<Record<string, unknown>>) | undefined
}
