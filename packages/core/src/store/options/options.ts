import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import type { Outage } from '../../delivery/delivery.js'
import type { ColumnNames, DialectAdapter } from '../../dialect/index.js'
import type { OnConflict } from '../../session/rows.js'
import type { Serializer } from '../../session/payload.js'

/** How calls that overlap are joined into one statement. */
export interface BatchOptions {
  /**
   * Statements in flight at once, for reads and for writes each. Default: 40 % of the pool's `max`,
   * between 1 and 4.
   */
  readonly lanes?: number
  /** Sessions in one statement. Default: what the dialect takes, at most 128 sessions. */
  readonly size?: number
}

/** Which table the sessions are in, and how the store reaches it. */
export interface TableOptions {
  /**
   * The application's knex instance; the store never closes it. Default: the embedded database of a
   * registered dialect, owned by the store.
   */
  readonly knex?: Knex
  /** The dialect adapter. Default: the one registered for the knex client. */
  readonly dialect?: DialectAdapter
  /** Table name. Default: `sessions`. */
  readonly tableName?: string
  /** Schema of the table. Default: none, so the connection's own. */
  readonly schemaName?: string
  /**
   * Names of the columns, and of how those of times hold them, for tables that others made: see
   * docs/switching.md. Default: `{ sid: 'sid', sess: 'sess', expired: 'expired' }`.
   */
  readonly columns?: ColumnNames
  /** Whether to create the table when it is missing. Default: true. */
  readonly createTable?: boolean
}

/** How long sessions live, and when what has ended is removed. */
export interface LifetimeOptions<Data extends object = SessionData> {
  /**
   * Life of a session whose cookie has no expiry, in ms, or a function that returns it. Default:
   * one day.
   */
  readonly ttl?: number | ((session: Data) => number)
  /**
   * The longest that a session may live from its creation on, in ms, or a function that returns it,
   * whatever is written or touched. The table has the column `created_at` then. Default: no limit.
   */
  readonly absoluteTtl?: number | ((session: Data) => number)
  /**
   * A touch that would move the expiry that the request loaded later by less than this many ms is
   * left out: a session may end up to that much early. 0 writes every touch, `Infinity` none.
   * Default: 5 % of the time the session has left after the touch, at most 60,000 ms.
   */
  readonly touchInterval?: number
  /**
   * Time between two prunes of expired sessions, in ms, jittered by 50 to 150 %; 0 turns the timer
   * off. Default: 60,000 ms.
   */
  readonly cleanupInterval?: number
  /**
   * Called with the (redacted) error of a prune that the timer started. Default: `console.error`
   * with its message, unless the database is out of reach, which `onOutage` reports.
   */
  readonly onCleanupError?: (error: Error) => void
}

/** Whose sessions they are. */
export interface UserOptions<Data extends object = SessionData> {
  /**
   * Says whose a session is, by the id of its user: a string, a number, or null or undefined
   * before the log-in. The table has the columns `user_id`, `created_at` and `last_seen_at` then,
   * and `sessionsOf` finds the sessions of a user. Default: none.
   */
  readonly userId?: (session: Data) => string | number | null | undefined
  /**
   * The most live sessions of a user: at a log-in the oldest beyond them are ended. Needs `userId`.
   * Default: no limit.
   */
  readonly maxSessionsPerUser?: number
}

/** What is promised about the contents, the ids and the time of a call. */
export interface SafetyOptions<Data extends object = SessionData> {
  /**
   * What is done when a session that a request writes was changed by another one since it was
   * loaded: `'overwrite'`; `'reject'`, which fails with code `ERR_CONFLICT`; or a function that
   * makes one session of what was loaded, what is to be written and what is there now, such as
   * {@link mergeTopLevel}. Other than `'overwrite'`, the table has the column `version`. Default:
   * `'overwrite'`.
   */
  readonly onConflict?: OnConflict<Data>
  /**
   * Whether the table holds digests (SHA-256) of session ids in place of the ids. Sessions that are
   * stored under their plain id are found all the same, and moved to the digest, unless `fallback`
   * is false. Default: false.
   */
  readonly hashIds?: boolean | { readonly fallback?: boolean }
  /** Turns sessions into text and back. Default: JSON. */
  readonly serializer?: Serializer<Data>
  /**
   * The most one call may take, retries included, in ms; 0 waits for ever. Nothing is sent for a
   * call after that, and its statement is cancelled on the server just before, where the driver
   * can. Default: 10,000 ms.
   */
  readonly timeout?: number
  /**
   * Called when the database has been out of reach for a second, and when it answers again.
   * Default: `console.warn`, one line each.
   */
  readonly onOutage?: (outage: Outage) => void
}

/** What need not be set: see docs/tuning.md. */
export interface TuningOptions {
  /** Whether and how overlapping calls share statements. Default: true. */
  readonly batch?: boolean | BatchOptions
  /**
   * The most reads, and the most writes, that may wait; past it a call fails at once. Default:
   * 10,000 calls of each.
   */
  readonly maxQueue?: number
  /** Whether to use prepared statements where the driver has them. Default: true. */
  readonly preparedStatements?: boolean
  /**
   * Whether a touch waits until the database has it on disk. False may lose the last move of an
   * expiry in a database crash, never a session. Default: false.
   */
  readonly durableTouch?: boolean
  /** The current time in ms since 1970. Default: `Date.now()`, whatever `Date` is at that time. */
  readonly clock?: () => number
}

/** Options of earlier connect-session-knex releases. */
export interface OldOptions {
  /** @deprecated since 0.1: `tableName` */
  readonly tablename?: string
  /** @deprecated since 0.1: `columns: { sid }` */
  readonly sidfieldname?: string
  /** @deprecated since 0.1: `columns: { sid }` */
  readonly sidFieldName?: string
  /** @deprecated since 0.1: `createTable` */
  readonly createtable?: boolean
  /** @deprecated since 0.1: `cleanupInterval` */
  readonly clearInterval?: number
  /** @deprecated since 0.1: `cleanupInterval: 0` */
  readonly disableDbCleanup?: boolean
  /** @deprecated since 0.1: `onCleanupError` */
  readonly onDbCleanupError?: (error: Error) => void
}

/**
 * What `new KnexSessionStore` takes. Every option may be left out where the dialect brings an
 * embedded database. `Data`: what a session holds, its cookie included.
 */
export interface KnexSessionStoreOptions<Data extends object = SessionData>
  extends
    TableOptions,
    LifetimeOptions<Data>,
    UserOptions<Data>,
    SafetyOptions<Data>,
    TuningOptions,
    OldOptions {}

/** The options with every default filled in, under their present names. */
export interface ResolvedOptions<Data extends object = SessionData> extends Required<
  Omit<KnexSessionStoreOptions<Data>, OldName | Unset>
> {
  readonly knex: Knex | undefined
  readonly dialect: DialectAdapter | undefined
  readonly schemaName: string | undefined
  readonly absoluteTtl: number | ((session: Data) => number) | undefined
  readonly userId: ((session: Data) => string | number | null | undefined) | undefined
  readonly maxSessionsPerUser: number | undefined
  /** `undefined`: a part of each session's life. */
  readonly touchInterval: number | undefined
}

/** The options that have no default. */
type Unset =
  | 'knex'
  | 'dialect'
  | 'schemaName'
  | 'absoluteTtl'
  | 'userId'
  | 'maxSessionsPerUser'
  | 'touchInterval'

/** The names of options in earlier connect-session-knex releases. */
export type OldName = keyof OldOptions
