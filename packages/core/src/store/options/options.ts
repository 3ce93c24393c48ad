import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import type { Outage } from '../../delivery/delivery.js'
import type { ColumnNames, DialectAdapter } from '../../dialect/index.js'
import type { OnConflict } from '../../session/rows.js'
import type { Serializer } from '../../session/payload.js'

/** How calls that overlap are joined into one statement. */
export interface BatchOptions {
  /**
   * How many statements may run at once, for reads and for writes each. Default: 40 % of the pool's
   * `max`, between 1 and 4.
   */
  readonly lanes?: number
  /**
   * How many sessions go into one statement. Default: 128, or fewer where the dialect takes fewer.
   */
  readonly size?: number
}

/** Which table the sessions are in, and how the store reaches it. */
export interface TableOptions {
  /**
   * Your knex instance; the store never closes it. Default: the embedded database of a registered
   * dialect (SQLite), which `close()` closes.
   */
  readonly knex?: Knex
  /** The adapter for your database. Default: the one registered for the knex client. */
  readonly dialect?: DialectAdapter
  /** Name of the table. Default: `sessions`. */
  readonly tableName?: string
  /** Schema of the table. Default: that of the connection. */
  readonly schemaName?: string
  /**
   * Names of the columns, and of how those of times hold them, for tables that others made: see
   * docs/switching.md. Default: `{ sid: 'sid', sess: 'sess', expired: 'expired' }`.
   */
  readonly columns?: ColumnNames
  /** Create the table if it is missing. Default: true. */
  readonly createTable?: boolean
}

/** How long sessions live, and when what has ended is removed. */
export interface LifetimeOptions<Data extends object = SessionData> {
  /**
   * Lifetime of a session whose cookie has no expiry, in ms, or a function that returns it.
   * Default: one day.
   */
  readonly ttl?: number | ((session: Data) => number)
  /**
   * Longest life of a session from its creation on, in ms, whatever is written or touched, or a
   * function that returns it. It needs the column `created_at`. Default: no limit.
   */
  readonly absoluteTtl?: number | ((session: Data) => number)
  /**
   * Skip touches that extend a session by less than this many ms. A session may end up to that much
   * early. 0 writes every touch, `Infinity` none. Default: 5 % of the time the session has left
   * after the touch, at most 60,000 ms.
   */
  readonly touchInterval?: number
  /**
   * How often expired sessions are deleted, in ms; each wait is between 50 and 150 % of it. 0 turns
   * the timer off. Default: 60,000 ms.
   */
  readonly cleanupInterval?: number
  /**
   * Called with the (redacted) error when a prune of the timer fails. Default: `console.error` with
   * its message, unless the database is unreachable: `onOutage` reports that.
   */
  readonly onCleanupError?: (error: Error) => void
}

/** Whose sessions they are. */
export interface UserOptions<Data extends object = SessionData> {
  /**
   * Returns the id of the user whose session it is: a string, a number, or null or undefined before
   * the login. `sessionsOf` then finds the sessions of a user. It needs the columns `user_id`,
   * `created_at` and `last_seen_at`. Default: none.
   */
  readonly userId?: (session: Data) => string | number | null | undefined
  /**
   * How many sessions a user may have at a time: a login ends the oldest ones beyond that. Needs
   * `userId`. Default: no limit.
   */
  readonly maxSessionsPerUser?: number
}

/** What is promised about the contents, the ids and the time of a call. */
export interface SafetyOptions<Data extends object = SessionData> {
  /**
   * What happens when a request writes a session that another one has changed since it was loaded.
   * `'overwrite'`: the last write wins. `'reject'`: it fails with code `ERR_CONFLICT`. A function
   * merges what was loaded, what is to be written and what is there now, such as
   * {@link mergeTopLevel}. The last two need the column `version`. Default: `'overwrite'`.
   */
  readonly onConflict?: OnConflict<Data>
  /**
   * Store digests (SHA-256) of session ids in place of the ids. Sessions that are stored under
   * their plain id are found too, and moved to the digest, unless `fallback` is false. Default:
   * false.
   */
  readonly hashIds?: boolean | { readonly fallback?: boolean }
  /** Turns sessions into text and back. Default: JSON. */
  readonly serializer?: Serializer<Data>
  /**
   * Time limit of one call, retries included, in ms; 0 is none. Nothing is sent for a call after
   * that, and its statement is cancelled on the server just before, if the driver can. Default:
   * 10,000 ms.
   */
  readonly timeout?: number
  /**
   * Called when the database has been unreachable for a second, and when it is back. Default:
   * `console.warn`, one line each.
   */
  readonly onOutage?: (outage: Outage) => void
}

/** What need not be set: see docs/tuning.md. */
export interface TuningOptions {
  /** How overlapping calls share statements; false gives each its own. Default: true. */
  readonly batch?: boolean | BatchOptions
  /**
   * How many reads, and how many writes, may wait; further calls fail at once. Default: 10,000
   * calls of each.
   */
  readonly maxQueue?: number
  /** Use prepared statements where the driver has them. Default: true. */
  readonly preparedStatements?: boolean
  /**
   * Wait until a touch is on disk (PostgreSQL only). With false a crash of the database may lose
   * the last extension of a session, never the session. Default: false.
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
