import {
  encodeColumn,
  paddedCount,
  padWithLast,
  padWithShortest,
  repeat,
  statementName,
  type Column,
  type DialectQueries,
  type EpochMs,
  type SessionExpiry,
  type SessionRow,
  type SessionTable,
  type Statement,
  type StatementLimits,
  type WriteOptions,
} from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { beyondKey, byKey, deletion, expiry, sent, textFor, type FoundTable, type Text } from './found-table.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'

/**
 * A row costs the same in a batch of 64 as of 256 (measured on MariaDB 10.11), and smaller statements hold their locks for less time and
 * stay further below `max_allowed_packet`. With 4 placeholders for a row, statements stay far below the 65,535 of a prepared one.
 */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 128, sids: 512 }

/**
 * Every row in one statement; a failure of one row undoes them all. Two kinds of row must not be written, and fail with error 1690 in every
 * `sql_mode`, because their expiry becomes a number out of range (MySQL 8.4 manual, section 13.1.7). The numbers depend on the row, so that
 * no optimizer computes them ahead of time.
 *
 * - A row whose sid the primary key's collation takes for that of another session (`abc` for `ABC`), which it would replace: a sum beyond 64
 *   bits.
 * - A row whose sid did not arrive: a driver or, unless `sql_mode` is strict, the server puts `?` for characters that the connection or the
 *   column lacks, and cuts what is too long for the column. So the sid travels a second time, as bytes, and what was put into the column,
 *   which later values of a row may name (section 15.2.7), is compared with them: a power beyond doubles.
 *
 * `values()` is the form that every version of MySQL and MariaDB takes; MySQL only advises against it since 8.0.20.
 */
export function upsert(table: SessionTable, rows: readonly SessionRow[], options?: WriteOptions): Statement {
  const size = paddedCount(rows.length, limits.rows)
  return write(table, upsertText, size, cellsOf(table, rows, size), options)
}

/** As an upsert, but a live row is another session's as well, unless it is the row itself, which may come twice. */
export const insert: NonNullable<DialectQueries['insert']> = {
  statement(table, rows, now, options) {
    const size = paddedCount(rows.length, limits.rows)
    return write(table, insertText, size, [...cellsOf(table, rows, size), expiry(table).encode(now)], options)
  },
  answer: () => undefined,
}

function updateStatement(table: SessionTable, rows: readonly SessionRow[], options?: WriteOptions): Statement {
  const [row] = rows
  if (row && rows.length === 1) {
    const bindings = [sent(table, row.sess), expiry(table).encode(row.expired), row.sid, exactSid.encode(row.sid)]
    return write(table, updateOneText, 1, bindings, options)
  }
  const size = paddedCount(rows.length, limits.rows)
  const all = padWithShortest(rows, size, rows)
  const exact = all.map(({ sid }) => exactSid.encode(sid))
  const sessions = all.flatMap(({ sess }, place) => [exact[place], sent(table, sess)])
  const expiries = all.flatMap(({ expired }, place) => [exact[place], expiry(table).encode(expired)])
  return write(table, updateText, size, [...sessions, ...expiries, ...all.map(({ sid }) => sid), ...exact], options)
}

/**
 * Writes the rows that are there, as a touch does, and tells how many there were: those that were found where the driver asks for that
 * (the flag `FOUND_ROWS`, which is the default of all three), and else those that changed. Not by an insert that selects: it would be unsafe for
 * `binlog_format = statement`.
 */
export const update: NonNullable<DialectQueries['update']> = {
  statement: updateStatement,
  answer: (result) => (result as readonly [Changed])[0].affectedRows,
}

function touchStatement(table: SessionTable, rows: readonly SessionExpiry[], now: EpochMs, options?: WriteOptions): Statement {
  const [row] = rows
  if (row && rows.length === 1) {
    const bindings = [expiry(table).encode(row.expired), row.sid, exactSid.encode(row.sid), expiry(table).encode(now)]
    return write(table, touchOneText, 1, bindings, options)
  }
  const size = paddedCount(rows.length, limits.rows)
  const all = padWithLast(rows, size)
  const branches = all.flatMap((row) => [exactSid.encode(row.sid), expiry(table).encode(row.expired)])
  return write(table, touchText, size, [...branches, ...all.map((row) => row.sid), expiry(table).encode(now)], options)
}

/**
 * Moves each row's own expiry; a row that only the collation takes for one of them keeps its own. The sids of the `case` travel as bytes,
 * which makes it linear in practice; converted by the server they would be converted again for every row and branch.
 *
 * The hint keeps small tables from being scanned, which would lock every row of theirs. Whether a commit waits for the disk is a setting
 * of the whole server (`innodb_flush_log_at_trx_commit`), so {@link TouchOptions.durable} changes nothing here.
 */
export const touch: NonNullable<DialectQueries['touch']> = { statement: touchStatement, answer: () => undefined }

/**
 * Reads unexpired sessions by primary key, whatever the optimizer makes of a small table. A collation may find more than was asked for; the
 * store looks at the sids it gets back.
 */
export const read: NonNullable<DialectQueries['read']> = {
  statement(table, sids, now) {
    const size = paddedCount(sids.length, limits.sids)
    return prepared(readText(table, size), [...padWithLast(sids, size), expiry(table).encode(now)])
  },
  // knex resolves a raw statement to rows and fields for all three drivers.
  answer: (result) => (result as readonly [readonly Readonly<Record<string, unknown>>[]])[0],
}

/**
 * Passes over rows that somebody has locked: MySQL 8.0 (manual, section 17.7.2.4, "Locking Reads") and MariaDB 10.6 ("SELECT", `skip locked`)
 * and newer. A write and a deletion lock rows alike.
 */
export const skipLocked: NonNullable<DialectQueries['skipLocked']> = {
  statement(table, sids) {
    const size = paddedCount(sids.length, limits.sids)
    return prepared(skipLockedText(table, size), padWithLast(sids, size))
  },
  answer: (result) => (result as readonly [readonly { readonly sid: string }[]])[0].map((row) => row.sid),
}

/**
 * Deletes rows by primary key, and tells how many. MariaDB could tell which (`delete … returning`), but not in a Galera cluster: a node that
 * tries a statement again after a conflict (`wsrep_retry_autocommit`) has sent rows by then, and the client waits for ever (tried, 10.11).
 */
export const destroy: NonNullable<DialectQueries['destroy']> = {
  statement(table, sids, options) {
    const size = paddedCount(sids.length, limits.sids)
    const all = padWithLast(sids, size)
    return write(table, destroyText, size, [...all, ...all.map((sid) => exactSid.encode(sid))], options)
  },
  answer: (result) => (result as readonly [Changed])[0].affectedRows,
}

/** Finds rows as a read does, whether they have expired or not. */
export const exists: NonNullable<DialectQueries['exists']> = {
  statement(table, sids) {
    const size = paddedCount(sids.length, limits.sids)
    const all = padWithLast(sids, size)
    return prepared(existsText(table, size), [...all, ...all.map((sid) => exactSid.encode(sid))])
  },
  answer: (result) => (result as readonly [readonly { readonly sid: string }[]])[0].map((row) => row.sid),
}

/** What a write resolves to. */
interface Changed {
  readonly affectedRows: number
}

/** Deletes rows by primary key that a prune has found; what a collation takes for one of them has to have expired as well. */
export const destroyExpired: NonNullable<DialectQueries['destroyExpired']> = {
  statement(table, sids, now) {
    const size = paddedCount(sids.length, limits.sids)
    return prepared(destroyExpiredText(table, size), [...padWithLast(sids, size), expiry(table).encode(now)])
  },
  answer: (result) => (result as readonly [Changed])[0].affectedRows,
}

/** A write. MySQL stops no commit (tried, 9.7). */
function write(table: FoundTable, text: Text, size: number, bindings: readonly unknown[], { lockTimeout }: WriteOptions = {}): Statement {
  if (lockTimeout === undefined) return prepared(text(table, size), bindings)
  const statement = prepared(text(table, size, wholeSeconds(lockTimeout)), bindings)
  return table.limitsLocks === false ? { ...statement, stopAfter: lockTimeout } : statement
}

/** MariaDB counts the time of a lock in seconds, and takes 0 for no wait at all: a second may be more than there is. */
function wholeSeconds(ms: number): number {
  return ms < 500 ? 0 : Math.max(1, Math.floor(ms / 1_000))
}

/** The bindings for the rows of an upsert. */
function cellsOf(table: SessionTable, rows: readonly SessionRow[], size: number): readonly unknown[] {
  const cells = rows.map((row) => table.columns.flatMap((column) => bindingsFor(table, column, row)))
  return padWithShortest(cells, size, rows).flat()
}

/** The bindings for {@link inserted}. */
function bindingsFor(table: SessionTable, column: Column, row: SessionRow): readonly unknown[] {
  const cell = column.type === 'json' ? sent(table, row.sess) : encodeColumn({ json, timestamp }, column, row)
  return column.type === 'timestamp' ? [exactSid.encode(row.sid), cell] : [cell]
}

const upsertText = textFor((table, size) => upsertOf(table, size, isAnother(table)))
const insertText = textFor((table, size) => upsertOf(table, size, `${isAnother(table)} or ${isLiveAndOther(table)}`))

/** `isTaken`: whether the row that is there must not be replaced. The expiry is set first: what comes after it would see the new values. */
function upsertOf(table: SessionTable, size: number, isTaken: string): string {
  const names = table.columns.map((column) => quoteIdentifier(column.name))
  const sess = quoteIdentifier(table.column.sess.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const sid = quoteIdentifier(table.column.sid.name)
  const row = `(${table.columns.map((column) => inserted(table, column)).join(', ')})`
  return (
    `insert into ${quotedTable(table)} (${names.join(', ')}) values ${repeat(row, size)} on duplicate key update ` +
    `${expired} = if(${isTaken}, ~0 + (char_length(${sid}) + 1), values(${expired})), ${sess} = values(${sess})`
  )
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
  if (column.type !== 'timestamp') return '?'
  const sid = quoteIdentifier(table.column.sid.name)
  const arrived = `${exactSid.column(sid)} = ${exactSid.parameter}`
  return `if(${arrived}, cast(${expiry(table).parameter} as datetime(3)), cast(exp(710 + char_length(${sid})) as datetime(3)))`
}

const updateOneText = textFor((table) => {
  const { sid, sess, expired } = table.column
  const id = quoteIdentifier(sid.name)
  return (
    `update ${quotedTable(table)} set ${quoteIdentifier(sess.name)} = ?, ${quoteIdentifier(expired.name)} = ${expiry(table).parameter} ` +
    `where ${id} = ? and ${exactSid.column(id)} = ${exactSid.parameter}`
  )
})

const updateText = textFor((table, size) => {
  const sid = quoteIdentifier(table.column.sid.name)
  const assigned = ({ name }: Column, parameter: string) =>
    `${quoteIdentifier(name)} = ${caseOfSid(table, size, parameter, quoteIdentifier(name))}`
  return (
    `update ${quotedTable(table)} ${byKey(table)} set ${assigned(table.column.sess, '?')}, ` +
    `${assigned(table.column.expired, expiry(table).parameter)} where ${isOneOf(sid, size)} and ${beyondKey(table)}`
  )
})

/** What each row gets, and what those get that only the collation takes for one of them. */
function caseOfSid(table: SessionTable, size: number, parameter: string, otherwise: string): string {
  const branches = Array<string>(size).fill(`when ${exactSid.parameter} then ${parameter}`).join(' ')
  return `case ${exactSid.column(quoteIdentifier(table.column.sid.name))} ${branches} else ${otherwise} end`
}

const touchOneText = textFor((table) => {
  const sid = quoteIdentifier(table.column.sid.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const live = `${expired} > ${expiry(table).parameter}`
  return `update ${quotedTable(table)} set ${expired} = ${expiry(table).parameter} where ${sid} = ? and ${exactSid.column(sid)} = ${exactSid.parameter} and ${live}`
})

const touchText = textFor((table, size) => {
  const sid = quoteIdentifier(table.column.sid.name)
  const expired = quoteIdentifier(table.column.expired.name)
  return (
    `update ${quotedTable(table)} ${byKey(table)} set ${expired} = ${caseOfSid(table, size, expiry(table).parameter, expired)} ` +
    `where ${sid} in (${repeat('?', size)}) and ${expired} > ${expiry(table).parameter}`
  )
})

const readText = textFor((table, size) => {
  const columns = table.columns.map((column) => `${selected(column)} as ${quoteIdentifier(column.field)}`)
  const sid = quoteIdentifier(table.column.sid.name)
  const live = `${quoteIdentifier(table.column.expired.name)} > ${expiry(table).parameter}`
  return `select ${columns.join(', ')} from ${quotedTable(table)} ${byKey(table)} where ${sid} in (${repeat('?', size)}) and ${live}`
})

const skipLockedText = textFor((table, size) => {
  const sid = quoteIdentifier(table.column.sid.name)
  const asked = repeat('?', size)
  return `select ${sid} as ${quoteIdentifier('sid')} from ${quotedTable(table)} ${byKey(table)} where ${sid} in (${asked}) and ${beyondKey(table)} for update skip locked`
})

const destroyText = textFor((table, size) => {
  const sid = quoteIdentifier(table.column.sid.name)
  return `${deletion(table)} where ${isOneOf(sid, size)} and ${beyondKey(table)}`
})

const existsText = textFor((table, size) => {
  const sid = quoteIdentifier(table.column.sid.name)
  return `select ${sid} as ${quoteIdentifier('sid')} from ${quotedTable(table)} ${byKey(table)} where ${isOneOf(sid, size)}`
})

/** Found by the primary key, and equal byte for byte. */
function isOneOf(sid: string, size: number): string {
  return `${sid} in (${repeat('?', size)}) and ${exactSid.column(sid)} in (${repeat(exactSid.parameter, size)})`
}

const destroyExpiredText = textFor((table, size) => {
  const sid = quoteIdentifier(table.column.sid.name)
  return `${deletion(table)} where ${sid} in (${repeat('?', size)}) and ${quoteIdentifier(table.column.expired.name)} <= ${expiry(table).parameter}`
})

/** The expression that reads a column. */
function selected(column: Column): string {
  const name = quoteIdentifier(column.name)
  return column.type === 'sid' ? name : (column.codec ?? { json, timestamp }[column.type]).select(name)
}

const names = new Map<string, string>()

/** The statement with its name, which says that it is worth preparing. There are at most a few dozen texts for a table. */
function prepared(sql: string, bindings: readonly unknown[]): Statement {
  const name = names.get(sql) ?? statementName(sql)
  names.set(sql, name)
  return { sql, bindings, name }
}
