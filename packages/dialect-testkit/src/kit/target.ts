import type { DialectAdapter } from '@knex-session/core/dialect'
import type { Knex } from 'knex'

/** What the suite asks of a knex instance. */
export interface ConnectOptions {
  /** The most connections of its pool. A database that allows only one may get one. */
  readonly connections: number
  /**
   * Time zone of the database session and of the driver, for example `+13:00`. Ignore it if they
   * have none. Default: the server's.
   */
  readonly utcOffset?: string
}

/**
 * What a database can do, as values that laws calculate with. Only `legacyTables` leaves laws out.
 */
export interface Capabilities {
  /** The smallest step of a stored expiry, in ms. Default: 1 ms. */
  readonly timestampGranularityMs: number
  /**
   * The earliest expiry that can be stored and read back unchanged, in ms since 1970. Default: 0,
   * the year 1970.
   */
  readonly earliestExpiry: number
  /**
   * The latest expiry that can be stored and read back unchanged, in ms since 1970. Default: the
   * last ms of the year 9999.
   */
  readonly latestExpiry: number
  /**
   * How many knex instances can share one database at a time. Default: 8. An SQLite database in
   * memory has 1.
   */
  readonly knexInstances: number
  /**
   * Whether the laws on tables that connect-session-knex made run. Set false for an adapter that is
   * not meant for such tables. Default: true.
   */
  readonly legacyTables: boolean
}

/** A type of column for session ids that a table made by others may have. */
export interface SidColumn {
  /** Its SQL type with character set and collation, for example `citext`. */
  readonly type: string
  /**
   * Makes a knex instance for such a table, for example with another character set. Default:
   * {@link ConformanceTarget.connect}.
   */
  readonly connect?: (options: ConnectOptions) => Knex
}

/** A dialect adapter, and a database to try it on. */
export interface ConformanceTarget {
  /** Names the database and the driver in the test report, for example `PostgreSQL by pg`. */
  readonly name: string
  readonly adapter: DialectAdapter
  /**
   * Makes a new knex instance on the database; the suite destroys it. The database user must be
   * allowed to create tables; the suite drops those it made. Without `connect` only the laws that
   * need no database run.
   */
  readonly connect?: (options: ConnectOptions) => Knex
  /**
   * Makes a knex instance on a server that refuses connections. Leave it out for an embedded
   * database.
   */
  readonly connectRefused?: () => Knex
  /**
   * A second schema, which exists before the tests run and in which the user may create tables.
   * Leave it out if the database has none.
   */
  readonly schemaName?: string
  /**
   * Types of columns that may take different session ids for equal, or cannot hold some. The laws
   * on ids run on a table with each. Default: none.
   */
  readonly sidColumns?: readonly SidColumn[]
  /**
   * Says how many indexes of a table begin with the column `expired`. Without it the laws on that
   * index are left out. A database does not need them if the name of an index counts only within
   * its table.
   */
  readonly expiryIndexes?: (knex: Knex, tableName: string) => Promise<number>
  /**
   * Makes an expression that reads `passport.user` as text from the JSON of a quoted column, for
   * example `json_extract(…, '$.passport.user')`. Leave it out if the database cannot look into
   * stored sessions.
   */
  readonly userInJson?: (column: string) => string
  readonly capabilities?: Partial<Capabilities>
}

/** A target with every default filled in. */
export interface CompleteTarget extends ConformanceTarget {
  readonly capabilities: Capabilities
}

const defaults: Capabilities = {
  timestampGranularityMs: 1,
  earliestExpiry: 0,
  latestExpiry: Date.UTC(9999, 11, 31, 23, 59, 59, 999),
  knexInstances: 8,
  legacyTables: true,
}

/** Fills in the defaults. */
export function completeTarget(target: ConformanceTarget): CompleteTarget {
  return { ...target, capabilities: { ...defaults, ...target.capabilities } }
}
