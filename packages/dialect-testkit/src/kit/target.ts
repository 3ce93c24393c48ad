import type { DialectAdapter } from '@knex-session/core/dialect'
import type { Knex } from 'knex'

/** What the suite asks of a knex instance. */
export interface ConnectOptions {
  /** The most connections of its pool. A database that bears only one may give one. */
  readonly connections: number
  /**
   * Time zone of the database session and of the driver, for example `+13:00`; to be ignored where
   * there is none. Default: the server's.
   */
  readonly utcOffset?: string
}

/**
 * Where databases differ in what they can do: values that laws calculate with. Only `legacyTables`
 * leaves laws out.
 */
export interface Capabilities {
  /** The smallest step of a stored expiry, in ms. Default: 1 ms. */
  readonly timestampGranularityMs: number
  /**
   * The earliest expiry that comes back as it went, in ms since 1970. Default: 0, the year 1970.
   */
  readonly earliestExpiry: number
  /**
   * The latest expiry that comes back as it went, in ms since 1970. Default: the last ms of the
   * year 9999.
   */
  readonly latestExpiry: number
  /**
   * How many knex instances can share one database at a time. Default: 8; an SQLite database in
   * memory has 1.
   */
  readonly knexInstances: number
  /**
   * Whether the laws on tables that connect-session-knex made run. Default: true; false leaves this
   * group out, for an adapter that is not meant for such tables.
   */
  readonly legacyTables: boolean
}

/** A column for session ids that a table made by others may have. */
export interface SidColumn {
  /** Its SQL type, with its character set and collation, for example `citext`. */
  readonly type: string
  /**
   * Makes a knex instance to work on such a table, for example with another character set. Default:
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
   * Makes a knex instance of its own on the database; the suite destroys it. The database user must
   * be allowed to create tables, and the suite drops those it made. Without `connect` only the laws
   * that need no database are defined.
   */
  readonly connect?: (options: ConnectOptions) => Knex
  /**
   * Makes a knex instance on a server that refuses connections. Left out for embedded databases.
   */
  readonly connectRefused?: () => Knex
  /**
   * A second schema, there before the tests run, in which the user may create tables. Left out for
   * databases that have none.
   */
  readonly schemaName?: string
  /**
   * Columns that may take different session ids for equal, or cannot hold some: the laws on ids run
   * on a table with each. Default: none.
   */
  readonly sidColumns?: readonly SidColumn[]
  /**
   * How many indexes of a table begin with the column `expired`. Without it the laws on that index
   * are left out; a database whose indexes have names only for their table has no need of them.
   */
  readonly expiryIndexes?: (knex: Knex, tableName: string) => Promise<number>
  /**
   * An expression that reads what `passport.user` is in the JSON of a quoted column, as text, for
   * example `json_extract(…, '$.passport.user')`. Left out where sessions are not stored as JSON
   * that the database can look into.
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
