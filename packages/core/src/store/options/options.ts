import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import type { Outage } from '../../delivery/delivery.js'
import type { ColumnNames, DialectAdapter } from '../../dialect/index.js'
import type { OnConflict } from '../../session/rows.js'
import type { Serializer } from '../../session/payload.js'

/** How calls that overlap share statements. */
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
   * Names of the columns, and how the columns of times hold their values, for tables that others
   * made: see docs/switching.md. Default: `{ sid: 'sid', sess: 'sess', expired: 'expired' }`.
   */
  readonly columns?: ColumnNames
  /** Create the table if it is missing. Default: true. */
  readonly createTable?: boolean
}

/** How long sessions live, and when expired ones are deleted. */
export interface LifetimeOptions<Data extends object = SessionData> {
  /**
   * Lifetime in ms of a session whose cookie has no expiry, or a function that returns it. Default:
   * one day.
   */
  readonly ttl?: number | ((session: Data) => number)
  /**
   * Longest life of a session in ms, counted from its creation, or a function that returns it.
   * Writes and touches do not extend it. Needs the column `created_at`. Default: no limit.
   */
  readonly absoluteTtl?: number | ((session: Data) => number)
  /**
   * Skip touches that extend a session by less than this many ms. A session may then end that much
   * early. 0 writes every touch, `Infinity` none. Default: 5 % of the time the session has left
   * after the touch, at most 60,000 ms.
   */
  readonly touchInterval?: number
  /**
   * How often expired sessions are deleted, in ms. Each wait is between 50 and 150 % of it. 0 turns
   * the timer off. Default: 60,000 ms.
   */
  readonly cleanupInterval?: number
  /**
   * Called with the error when a prune of the timer fails. Default: `console.error` with the
   * message. While the database is unreachable the default prints nothing: `onOutage` reports that.
   */
  readonly onCleanupError?: (error: Error) => void
}

/** Which user a session belongs to. */
export interface UserOptions<Data extends object = SessionData> {
  /**
   * Returns the id of the user whose session it is: a string or a number, and null or undefined
   * before the login. `sessionsOf` then finds the sessions of a user. Needs the columns `user_id`,
   * `created_at` and `last_seen_at`. Default: none.
   */
  readonly userId?: (session: Data) => string | number | null | undefined
  /**
   * How many sessions a user may have at a time. A login beyond that ends the oldest ones. Needs
   * `userId`. Default: no limit.
   */
  readonly maxSessionsPerUser?: number
}

/** What the store promises about the contents, the ids and the time of a call. */
export interface SafetyOptions<Data extends object = SessionData> {
  /**
   * What happens when a request writes a session that another request has changed since this one
   * loaded it. `'overwrite'`: the last write wins. `'reject'`: the write fails with code
   * `ERR_CONFLICT`. A function, such as {@link mergeTopLevel}, merges what was loaded, what is to
   * be written and what is stored now. `'reject'` and a function need the column `version`.
   * Default: `'overwrite'`.
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
   * Time limit of one call in ms, retries included; 0 is no limit. After that nothing is sent for
   * the call. Just before, its running statement is cancelled on the server, if the driver can do
   * that. Default: 10,000 ms.
   */
  readonly timeout?: number
  /**
   * Called when the database has been unreachable for a second, and again when it is back. Default:
   * `console.warn`, one line each.
   */
  readonly onOutage?: (outage: Outage) => void
}

/** Options that rarely need to be set: see docs/tuning.md. */
export interface TuningOptions {
  /**
   * How calls that overlap share statements; false gives each call a statement of its own. Default:
   * true.
   */
  readonly batch?: boolean | BatchOptions
  /**
   * How many reads, and how many writes, may wait. Further calls fail at once with code
   * `ERR_QUEUE_FULL`. Default: 10,000 of each.
   */
  readonly maxQueue?: number
  /** Use prepared statements where the driver has them. Default: true. */
  readonly preparedStatements?: boolean
  /**
   * Wait until a touch is on disk (PostgreSQL only). With false, a crash of the database may lose
   * the last extension of a session, never the session. Default: false.
   */
  readonly durableTouch?: boolean
  /**
   * Returns the current time in ms since 1970. Default: `Date.now()` of the `Date` that is global
   * at the time of the call.
   */
  readonly clock?: () => number
}

/** Option names of earlier connect-session-knex releases. */
export interface OldOptions {
  /** @deprecated since 0.1: use `tableName` */
  readonly tablename?: string
  /** @deprecated since 0.1: use `columns: { sid }` */
  readonly sidfieldname?: string
  /** @deprecated since 0.1: use `columns: { sid }` */
  readonly sidFieldName?: string
  /** @deprecated since 0.1: use `createTable` */
  readonly createtable?: boolean
  /** @deprecated since 0.1: use `cleanupInterval` */
  readonly clearInterval?: number
  /** @deprecated since 0.1: use `cleanupInterval: 0` */
  readonly disableDbCleanup?: boolean
  /** @deprecated since 0.1: use `onCleanupError` */
  readonly onDbCleanupError?: (error: Error) => void
}

/**
 * The options of `new KnexSessionStore`. All may be left out when a dialect is registered that
 * brings an embedded database (SQLite); otherwise `knex` is required. `Data` is the type of a
 * session, its cookie included.
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
  /** `undefined`: 5 % of the time that the session has left. */
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
