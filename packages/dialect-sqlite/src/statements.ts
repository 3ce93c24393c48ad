import {
  encodeColumn,
  expiryCodec,
  paddedCount,
  padWithShortest,
  parameterOf,
  repeat,
  selectColumn,
  writtenBy,
  type Column,
  type CompleteCodec,
  type DialectAdapter,
  type DialectQueries,
  type EpochMs,
  type SessionRow,
  type SessionTable,
  type Statement,
  type StatementLimits,
} from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'

/**
 * With three columns 250 rows stay under the 999 parameters of SQLite before 3.32 (docs, "Limits",
 * section 9), and with six the 128 that a store sends.
 */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 250, sids: 500 }

/** A statement of many rows: up to its rows, one row of placeholders, and what follows the rows. */
export type RowsText = readonly [start: string, row: string, end: string]

/**
 * Every row in one statement of multi-row values: with better-sqlite3 12 a sixth faster than
 * `json_each` for 64 rows, prepared or not. The driver keeps each text prepared, so there are few:
 * a row that is written twice takes next to no time, and 250 texts took 11 MB.
 *
 * Where the primary key's collation takes a new sid for that of another session (`abc` for `ABC` by
 * `nocase`), the row would replace that session's. For such a row the expiry becomes `abs` of the
 * lowest integer, which fails (docs, "Built-In Scalar SQL Functions"). The integer depends on the
 * row, so that it is not computed ahead of time.
 */
export function upsert(table: SessionTable, rows: readonly SessionRow[]): Statement {
  return withRows(table, upsertText(table), rows)
}

/** The statement for rows, padded with one that is written twice. */
export function withRows(
  table: SessionTable,
  [start, row, end]: RowsText,
  rows: readonly SessionRow[],
): Statement {
  const size = paddedCount(rows.length, limits.rows)
  const cells = rows.map((values) => cellsOf(table.columns, values))
  return {
    sql: start + repeat(row, size) + end,
    bindings: padWithShortest(cells, size, rows).flat(),
  }
}

/**
 * As an upsert, but a live row is another session's as well, unless it is the row itself, which may
 * come twice.
 */
export const insert: NonNullable<DialectQueries['insert']> = {
  statement(table, rows, now) {
    const { sql, bindings } = withRows(table, insertText(table), rows)
    return { sql, bindings: [...bindings, expiry(table).encode(now)] }
  },
  answer: () => undefined,
}

function readStatement(table: SessionTable, sids: readonly string[], now: EpochMs): Statement {
  const { readOne, readMany } = readTexts(table)
  const at = expiry(table).encode(now)
  return sids.length === 1
    ? { sql: readOne, bindings: [sids[0], at] }
    : { sql: readMany, bindings: [JSON.stringify(sids), at] }
}

/**
 * Reads unexpired sessions: one by equality, more by a list in one binding, each the faster form on
 * better-sqlite3.
 */
export const read: NonNullable<DialectQueries['read']> = {
  statement: readStatement,
  answer: (result) => result as readonly Readonly<Record<string, unknown>>[],
}

const upsertText = textsFor((table) => upsertOf(table, 'write', isAnother(table)))
const insertText = textsFor((table) =>
  upsertOf(table, 'insert', `${isAnother(table)} or ${isLiveAndOther(table)}`),
)

/** `isTaken`: whether the row that is there must not be replaced. */
function upsertOf(table: SessionTable, kind: 'insert' | 'write', isTaken: string): RowsText {
  const names = table.columns.map((column) => quoteIdentifier(column.name))
  const replaced = writtenBy(kind, table).map((column) => replacement(table, column, isTaken))
  return [
    `insert into ${quotedTable(table)} (${names.join(', ')}) values `,
    placesOf(table.columns),
    ` on conflict (${quoteIdentifier(table.column.sid.name)}) do update set ${replaced.join(', ')}`,
  ]
}

export function placesOf(columns: readonly Column[]): string {
  return `(${columns.map((column) => parameterOf({ json, timestamp }, column)).join(', ')})`
}

function isAnother({ column }: SessionTable): string {
  const sid = quoteIdentifier(column.sid.name)
  return `${exactSid.column(sid)} <> excluded.${sid}`
}

function isLiveAndOther(table: SessionTable): string {
  const sess = quoteIdentifier(table.column.sess.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const isOther = `(${expired} <> excluded.${expired} or ${sess} collate binary <> excluded.${sess})`
  return `${expired} > ${expiry(table).parameter} and ${isOther}`
}

function replacement(table: SessionTable, column: Column, isTaken: string): string {
  const name = quoteIdentifier(column.name)
  if (column !== table.column.expired) return `${name} = excluded.${name}`
  const failure = `abs(-9223372036854775807 - (length(${quoteIdentifier(table.column.sid.name)}) > 0))`
  return `${name} = case when ${isTaken} then ${failure} else excluded.${name} end`
}

const readTexts = textsFor((table) => {
  const columns = table.columns.map(
    (column) =>
      `${selectColumn({ json, timestamp, quoteIdentifier }, column)} as ${quoteIdentifier(column.field)}`,
  )
  const sid = quoteIdentifier(table.column.sid.name)
  const live = `${quoteIdentifier(table.column.expired.name)} > ${expiry(table).parameter}`
  const from = `select ${columns.join(', ')} from ${quotedTable(table)} where`
  return {
    readOne: `${from} ${sid} = ? and ${live}`,
    readMany: `${from} ${sid} in (select value from json_each(?)) and ${live}`,
  }
})

/** Composes texts once for a table. */
export function textsFor<Texts>(
  compose: (table: SessionTable) => Texts,
): (table: SessionTable) => Texts {
  const cache = new WeakMap<SessionTable, Texts>()
  return (table) => {
    let texts = cache.get(table)
    if (texts === undefined) {
      texts = compose(table)
      cache.set(table, texts)
    }
    return texts
  }
}

/** Once: values are encoded for every cell of every row. */
export const codecs: Pick<DialectAdapter, 'json' | 'timestamp'> = { json, timestamp }

export function cellsOf(columns: readonly Column[], row: Partial<SessionRow>): readonly unknown[] {
  return columns.map((column) => encodeColumn(codecs, column, row))
}

export function expiry(table: SessionTable): CompleteCodec<EpochMs> {
  return expiryCodec({ timestamp }, table)
}
