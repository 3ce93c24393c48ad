import {
  follows,
  formerOf,
  paddedCount,
  padWithLast,
  padWithShortest,
  parameterOf,
  repeat,
  writtenBy,
  type Column,
  type DialectQueries,
  type EpochMs,
  type SessionExpiry,
  type SessionRow,
  type SessionTable,
  type Statement,
  type WriteOptions,
} from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { beyondKey, byKey, deletion, expiry, textFor } from './found-table.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'
import { cellOf, isOneOf, limits, prepared, write } from './statements.js'

function updateStatement(
  table: SessionTable,
  rows: readonly SessionRow[],
  options?: WriteOptions,
): Statement {
  const [row] = rows
  if (row && rows.length === 1) {
    const cells = writtenBy('write', table).map((column) => cellOf(table, column, row))
    const formers = table.column.version ? [formerOf(row)] : []
    return write(
      table,
      updateOneText,
      1,
      [...cells, row.sid, exactSid.encode(row.sid), ...formers],
      options,
    )
  }
  const size = paddedCount(rows.length, limits.rows)
  const all = padWithShortest(rows, size, rows)
  const exact = all.map(({ sid }) => exactSid.encode(sid))
  const branches = writtenBy('write', table).flatMap((column) =>
    all.flatMap((row, place) => [exact[place], cellOf(table, column, row)]),
  )
  const formers = table.column.version
    ? all.flatMap((row, place) => [exact[place], formerOf(row)])
    : []
  return write(
    table,
    updateText,
    size,
    [...branches, ...all.map(({ sid }) => sid), ...exact, ...formers],
    options,
  )
}

/**
 * Writes the rows that are there, as a touch does, and reports how many there were: those that were
 * found where the driver asks for that (the flag `FOUND_ROWS`, which is the default of all three),
 * and else those that changed. Not by an insert that selects: it would be unsafe for
 * `binlog_format = statement`.
 */
export const update: NonNullable<DialectQueries['update']> = {
  statement: updateStatement,
  answer: (result) => (result as readonly [Changed])[0].affectedRows,
}

function touchStatement(
  table: SessionTable,
  rows: readonly SessionExpiry[],
  now: EpochMs,
  options?: WriteOptions,
): Statement {
  const [row] = rows
  if (row && rows.length === 1) {
    const moved = writtenBy('touch', table).map((column) => cellOf(table, column, row))
    const bindings = [...moved, row.sid, exactSid.encode(row.sid), expiry(table).encode(now)]
    return write(table, touchOneText, 1, bindings, options)
  }
  const size = paddedCount(rows.length, limits.rows)
  const all = padWithLast(rows, size)
  const branches = writtenBy('touch', table).flatMap((column) =>
    all.flatMap((row) => [exactSid.encode(row.sid), cellOf(table, column, row)]),
  )
  return write(
    table,
    touchText,
    size,
    [...branches, ...all.map((row) => row.sid), expiry(table).encode(now)],
    options,
  )
}

/**
 * Moves each row's own expiry; a row that only the collation takes for one of them keeps its own.
 * The sids of the `case` travel as bytes, which makes it linear in practice; converted by the
 * server they would be converted again for every row and branch.
 *
 * The hint keeps small tables from being scanned, which would lock every row of theirs. Whether a
 * commit waits for the disk is a setting of the whole server (`innodb_flush_log_at_trx_commit`), so
 * {@link TouchOptions.durable} changes nothing here.
 */
export const touch: NonNullable<DialectQueries['touch']> = {
  statement: touchStatement,
  answer: () => undefined,
}

/**
 * Passes over rows that somebody has locked: MySQL 8.0 (manual, section 17.7.2.4, "Locking Reads")
 * and MariaDB 10.6 ("SELECT", `skip locked`) and newer. A write and a deletion lock rows alike.
 */
export const skipLocked: NonNullable<DialectQueries['skipLocked']> = {
  statement(table, sids) {
    const size = paddedCount(sids.length, limits.sids)
    return prepared(skipLockedText(table, size), padWithLast(sids, size))
  },
  answer: (result) =>
    (result as readonly [readonly { readonly sid: string }[]])[0].map((row) => row.sid),
}

/**
 * Deletes rows by primary key, and reports how many. MariaDB could report which
 * (`delete … returning`), but not in a Galera cluster: a node that tries a statement again after a
 * conflict (`wsrep_retry_autocommit`) has sent rows by then, and the client waits for ever (tried,
 * 10.11).
 */
export const destroy: NonNullable<DialectQueries['destroy']> = {
  statement(table, sids, options) {
    const size = paddedCount(sids.length, limits.sids)
    const all = padWithLast(sids, size)
    return write(
      table,
      destroyText,
      size,
      [...all, ...all.map((sid) => exactSid.encode(sid))],
      options,
    )
  },
  answer: (result) => (result as readonly [Changed])[0].affectedRows,
}

/** What a write resolves to. */
interface Changed {
  readonly affectedRows: number
}

/**
 * Deletes rows by primary key that a prune has found; what a collation takes for one of them has to
 * have expired as well.
 */
export const destroyExpired: NonNullable<DialectQueries['destroyExpired']> = {
  statement(table, sids, now) {
    const size = paddedCount(sids.length, limits.sids)
    return prepared(destroyExpiredText(table, size), [
      ...padWithLast(sids, size),
      expiry(table).encode(now),
    ])
  },
  answer: (result) => (result as readonly [Changed])[0].affectedRows,
}

const updateOneText = textFor((table) => {
  const sid = quoteIdentifier(table.column.sid.name)
  const assignments = writtenBy('write', table).map(
    (column) => `${quoteIdentifier(column.name)} = ${parameterOf({ json, timestamp }, column)}`,
  )
  return `update ${quotedTable(table)} set ${assignments.join(', ')} where ${sid} = ? and ${exactSid.column(sid)} = ${exactSid.parameter}${followed(table, '?')}`
})

const updateText = textFor((table, size) => {
  const sid = quoteIdentifier(table.column.sid.name)
  const assignments = writtenBy('write', table).map((column) => assignedByCase(table, size, column))
  const each = Array<string>(size).fill(`when ${exactSid.parameter} then ?`).join(' ')
  const former = `case ${exactSid.column(sid)} ${each} end`
  return `update ${quotedTable(table)} ${byKey(table)} set ${assignments.join(', ')} where ${isOneOf(sid, size)} and ${beyondKey(table)}${followed(table, former)}`
})

/** That a row has the version which the new one follows, where the table has versions. */
function followed({ column: { version } }: SessionTable, former: string): string {
  return version ? ` and ${follows(quoteIdentifier(version.name), former)}` : ''
}

/** What each row gets; those keep theirs that only the collation takes for one of them. */
function assignedByCase(table: SessionTable, size: number, column: Column): string {
  const name = quoteIdentifier(column.name)
  const branches = Array<string>(size)
    .fill(`when ${exactSid.parameter} then ${parameterOf({ json, timestamp }, column)}`)
    .join(' ')
  return `${name} = case ${exactSid.column(quoteIdentifier(table.column.sid.name))} ${branches} else ${name} end`
}

const touchOneText = textFor((table) => {
  const moved = writtenBy('touch', table).map(
    (column) => `${quoteIdentifier(column.name)} = ${parameterOf({ json, timestamp }, column)}`,
  )
  const sid = quoteIdentifier(table.column.sid.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const live = `${expired} > ${expiry(table).parameter}`
  return `update ${quotedTable(table)} set ${moved.join(', ')} where ${sid} = ? and ${exactSid.column(sid)} = ${exactSid.parameter} and ${live}`
})

const touchText = textFor((table, size) => {
  const moved = writtenBy('touch', table).map((column) => assignedByCase(table, size, column))
  const sid = quoteIdentifier(table.column.sid.name)
  const expired = quoteIdentifier(table.column.expired.name)
  return (
    `update ${quotedTable(table)} ${byKey(table)} set ${moved.join(', ')} ` +
    `where ${sid} in (${repeat('?', size)}) and ${expired} > ${expiry(table).parameter}`
  )
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

const destroyExpiredText = textFor((table, size) => {
  const sid = quoteIdentifier(table.column.sid.name)
  return `${deletion(table)} where ${sid} in (${repeat('?', size)}) and ${quoteIdentifier(table.column.expired.name)} <= ${expiry(table).parameter}`
})
