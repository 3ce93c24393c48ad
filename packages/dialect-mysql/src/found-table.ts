import {
  expiryCodec,
  textBySize,
  type CompleteCodec,
  type EpochMs,
  type SessionTable,
} from '@knex-session/core/dialect'
import { timestamp, timestampOfZone } from './codecs.js'
import { quotedTable, quoteIdentifier } from './identifiers.js'
import { sentFor, type SessionColumn } from './json-text.js'

/** A table as it was found. */
export interface FoundTable extends SessionTable {
  /**
   * The index that distinguishes session ids, as a hint names it; `undefined` for one that no hint
   * takes.
   */
  readonly key?: string | undefined
  /** What holds the sessions. Default: it is not known. */
  readonly sessions?: SessionColumn
  /**
   * Whether a statement can say how long it waits for locks: on MariaDB. Default: it is not known.
   */
  readonly limitsLocks?: boolean
}

/** The hint to look up rows by their session ids. */
export function byKey(table: FoundTable): string {
  if (!('key' in table)) return 'force index (primary)'
  return table.key === undefined ? '' : `force index (${table.key})`
}

/**
 * A condition that every row meets, on a column that the key of the session ids does not hold.
 * Without one the optimizer takes a walk over all of a small table's key for cheaper than several
 * look-ups, hint or not (MariaDB's `test_quick_select` in `sql/opt_range.cc`; seen in `explain` on
 * MariaDB 10.11 and MySQL 9.7), which would lock every row of it.
 */
export function beyondKey(table: SessionTable): string {
  const expired = quoteIdentifier(table.column.expired.name)
  return `${expired} <=> ${expired}`
}

/**
 * The beginning of a delete by session ids: the form for several tables, which takes the hint
 * (MySQL 8.4 manual, section 15.2.2). A limit has an optimizer look rows up, too, but makes a
 * statement unsafe for `binlog_format = statement`, and the server writes it with the session ids
 * into its error log.
 */
export function deletion(table: SessionTable): string {
  return `delete from ${quotedTable(table)} using ${quotedTable(table)} ${byKey(table)}`
}

/** The binding for the text of a session. */
export function sent({ sessions = 'unknown' }: FoundTable, text: string): string {
  return sentBy[sessions](text)
}

const sentBy = {
  unknown: sentFor('unknown'),
  text: sentFor('text'),
  json: sentFor('json'),
  'exact json': sentFor('exact json'),
} as const

/** How expiries travel to and from the column of the table. */
export function expiry(table: SessionTable): CompleteCodec<EpochMs> {
  return expiryCodec({ timestamp }, table)
}

/**
 * A statement's text for a table, a number of rows, and the most seconds that it waits for a lock.
 * Default: as long as the server lets it.
 */
export type Text = (table: SessionTable, size: number, longestWait?: number) => string

/**
 * Composes a text once for a table, a number of rows and a wait. What the statement sets is set for
 * only it: by `set statement` on MariaDB, for which the first comment is none. Where a column
 * depends on the time zone of the connection, the zone is UTC; MySQL 8.0 and newer take that by a
 * hint. They take no time limit of a lock: it is no variable for one (MySQL 8.4 manual, section
 * 10.9.3).
 */
export function textFor(compose: (table: SessionTable, size: number) => string): Text {
  const byWait = new Map<number | undefined, (table: SessionTable, size: number) => string>()
  return (table, size, longestWait) => {
    const text =
      byWait.get(longestWait) ??
      textBySize((table, size) => withSettings(table, compose(table, size), longestWait))
    byWait.set(longestWait, text)
    return text(table, size)
  }
}

function withSettings(table: SessionTable, text: string, longestWait: number | undefined): string {
  const isOfZone = Object.values(table.column).some(({ codec }) => codec === timestampOfZone)
  const zone = isOfZone ? ["time_zone = '+00:00'"] : []
  const wait =
    longestWait === undefined ? [] : [`innodb_lock_wait_timeout = ${String(longestWait)}`]
  const hinted =
    zone.length === 0 ? text : text.replace(/^\w+/, `$& /*+ set_var(${zone.join()}) */`)
  const settings = [...zone, ...wait]
  return settings.length === 0
    ? text
    : `/*M!100102 set statement ${settings.join(', ')} for */ ${hinted}`
}
