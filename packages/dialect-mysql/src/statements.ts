import {
  encodeColumn,
  paddedCount,
  padWithLast,
  padWithShortest,
  parameterOf,
  repeat,
  selectColumn,
  statementName,
  writtenBy,
  type Column,
  type DialectQueries,
  type SessionRow,
  type SessionTable,
  type Statement,
  type StatementLimits,
  type WriteOptions,
} from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { byKey, expiry, sent, textFor, type FoundTable, type Text } from './found-table.js'
import { isNumber } from './times.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'

/**
 * A row costs the same in a batch of 64 as of 256 (measured on MariaDB 10.11), and smaller
 * statements hold their locks for less time and stay further below `max_allowed_packet`. With 4
 * placeholders for a row, statements stay far below the 65,535 of a prepared one.
 */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 128, sids: 512 }

/**
 * Every row in one statement; a failure of one row undoes them all. Two kinds of row must not be
 * written, and fail with error 1690 in every `sql_mode`, because their expiry becomes a number out
 * of range (MySQL 8.4 manual, section 13.1.7). The numbers depend on the row, so that no optimizer
 * computes them ahead of time.
 *
 * - A row whose sid the primary key's collation takes for that of another session (`abc` for
 *   `ABC`), which it would replace: a sum beyond 64 bits.
 * - A row whose sid did not arrive: a driver or, unless `sql_mode` is strict, the server puts `?`
 *   for characters that the connection or the column lacks, and cuts what is too long for the
 *   column. So the sid travels a second time, as bytes, and what was put into the column, which
 *   later values of a row may name (section 15.2.7), is compared with them: a power beyond doubles.
 *
 * `values()` is the form that every version of MySQL and MariaDB takes; MySQL only advises against
 * it since 8.0.20.
 */
export function upsert(
  table: SessionTable,
  rows: readonly SessionRow[],
  options?: WriteOptions,
): Statement {
  const size = paddedCount(rows.length, limits.rows)
  return write(table, upsertText, size, cellsOf(table, rows, size), options)
}

/**
 * As an upsert, but a live row is another session's as well, unless it is the row itself, which may
 * come twice.
 */
export const insert: NonNullable<DialectQueries['insert']> = {
  statement(table, rows, now, options) {
    const size = paddedCount(rows.length, limits.rows)
    return write(
      table,
      insertText,
      size,
      [...cellsOf(table, rows, size), expiry(table).encode(now)],
      options,
    )
  },
  answer: () => undefined,
}

/**
 * Reads unexpired sessions by primary key, whatever the optimizer makes of a small table. A
 * collation may find more than was asked for; the store looks at the sids it gets back.
 */
export const read: NonNullable<DialectQueries['read']> = {
  statement(table, sids, now) {
    const size = paddedCount(sids.length, limits.sids)
    return prepared(readText(table, size), [...padWithLast(sids, size), expiry(table).encode(now)])
  },
  // knex resolves a raw statement to rows and fields for all three drivers.
  answer: (result) => (result as readonly [readonly Readonly<Record<string, unknown>>[]])[0],
}

/** Finds rows as a read does, whether they have expired or not. */
export const exists: NonNullable<DialectQueries['exists']> = {
  statement(table, sids) {
    const size = paddedCount(sids.length, limits.sids)
    const all = padWithLast(sids, size)
    return prepared(existsText(table, size), [...all, ...all.map((sid) => exactSid.encode(sid))])
  },
  answer: (result) =>
    (result as readonly [readonly { readonly sid: string }[]])[0].map((row) => row.sid),
}

/** A write. MySQL stops no commit (tried, 9.7). */
export function write(
  table: FoundTable,
  text: Text,
  size: number,
  bindings: readonly unknown[],
  { lockTimeout }: WriteOptions = {},
): Statement {
  if (lockTimeout === undefined) return prepared(text(table, size), bindings)
  const statement = prepared(text(table, size, wholeSeconds(lockTimeout)), bindings)
  return table.limitsLocks === false ? { ...statement, stopAfter: lockTimeout } : statement
}

/**
 * MariaDB counts the time of a lock in seconds, and takes 0 for no wait at all: a second may be
 * more than there is.
 */
function wholeSeconds(ms: number): number {
  return ms < 500 ? 0 : Math.max(1, Math.floor(ms / 1_000))
}

/** The bindings for the rows of an upsert. */
function cellsOf(
  table: SessionTable,
  rows: readonly SessionRow[],
  size: number,
): readonly unknown[] {
  const cells = rows.map((row) =>
    table.columns.flatMap((column) => bindingsFor(table, column, row)),
  )
  return padWithShortest(cells, size, rows).flat()
}

/** The binding for a column of a row. */
export function cellOf(table: SessionTable, column: Column, row: Partial<SessionRow>): unknown {
  return column.type === 'json' && row.sess !== undefined
    ? sent(table, row.sess)
    : encodeColumn({ json, timestamp }, column, row)
}

/** The bindings for {@link inserted}. */
function bindingsFor(table: SessionTable, column: Column, row: SessionRow): readonly unknown[] {
  const cell = cellOf(table, column, row)
  return column === table.column.expired ? [exactSid.encode(row.sid), cell] : [cell]
}

const upsertText = textFor((table, size) => upsertOf(table, size, 'write', isAnother(table)))
const insertText = textFor((table, size) =>
  upsertOf(table, size, 'insert', `${isAnother(table)} or ${isLiveAndOther(table)}`),
)

/**
 * `isTaken`: whether the row that is there must not be replaced. The expiry is set first: what
 * comes after it would see the new values.
 */
function upsertOf(
  table: SessionTable,
  size: number,
  kind: 'insert' | 'write',
  isTaken: string,
): string {
  const names = table.columns.map((column) => quoteIdentifier(column.name))
  const sid = quoteIdentifier(table.column.sid.name)
  const row = `(${table.columns.map((column) => inserted(table, column)).join(', ')})`
  const expired = quoteIdentifier(table.column.expired.name)
  const others = writtenBy(kind, table).filter((column) => column !== table.column.expired)
  const replaced = [
    `${expired} = if(${isTaken}, ~0 + (char_length(${sid}) + 1), values(${expired}))`,
    ...others.map(({ name }) => `${quoteIdentifier(name)} = values(${quoteIdentifier(name)})`),
  ]
  return `insert into ${quotedTable(table)} (${names.join(', ')}) values ${repeat(row, size)} on duplicate key update ${replaced.join(', ')}`
}

function isAnother({ column }: SessionTable): string {
  const sid = quoteIdentifier(column.sid.name)
  return `cast(${sid} as binary) <> cast(values(${sid}) as binary)`
}

function isLiveAndOther(table: SessionTable): string {
  const sess = quoteIdentifier(table.column.sess.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const isOther = `(${expired} <> values(${expired}) or ${json.select(sess)} <> ${json.select(`values(${sess})`)})`
  return `${expired} > ${expiry(table).parameter} and ${isOther}`
}

/** The value of a column in a new row; the sid is in its column by then. */
function inserted(table: SessionTable, column: Column): string {
  if (column !== table.column.expired) return parameterOf({ json, timestamp }, column)
  const sid = quoteIdentifier(table.column.sid.name)
  const arrived = `${exactSid.column(sid)} = ${exactSid.parameter}`
  const { parameter } = expiry(table)
  const asTime = (value: string): string =>
    isNumber(column) ? value : `cast(${value} as datetime(3))`
  return `if(${arrived}, ${asTime(parameter)}, ${asTime(`exp(710 + char_length(${sid}))`)})`
}

const readText = textFor((table, size) => {
  const columns = table.columns.map(
    (column) =>
      `${selectColumn({ json, timestamp, quoteIdentifier }, column)} as ${quoteIdentifier(column.field)}`,
  )
  const sid = quoteIdentifier(table.column.sid.name)
  const live = `${quoteIdentifier(table.column.expired.name)} > ${expiry(table).parameter}`
  return `select ${columns.join(', ')} from ${quotedTable(table)} ${byKey(table)} where ${sid} in (${repeat('?', size)}) and ${live}`
})

const existsText = textFor((table, size) => {
  const sid = quoteIdentifier(table.column.sid.name)
  return `select ${sid} as ${quoteIdentifier('sid')} from ${quotedTable(table)} ${byKey(table)} where ${isOneOf(sid, size)}`
})

/** Found by the primary key, and equal byte for byte. */
export function isOneOf(sid: string, size: number): string {
  return `${sid} in (${repeat('?', size)}) and ${exactSid.column(sid)} in (${repeat(exactSid.parameter, size)})`
}

const names = new Map<string, string>()

/**
 * The statement with its name, which says that it is worth preparing. There are at most a few dozen
 * texts for a table.
 */
export function prepared(sql: string, bindings: readonly unknown[]): Statement {
  const name = names.get(sql) ?? statementName(sql)
  names.set(sql, name)
  return { sql, bindings, name }
}
