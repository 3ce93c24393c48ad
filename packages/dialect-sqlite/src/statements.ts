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
  type DialectQueries,
  type EpochMs,
  type SessionExpiry,
  type SessionRow,
  type SessionTable,
  type Statement,
  type StatementLimits,
} from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { comparable } from './found-table.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'

/**
 * With three columns 250 rows stay under the 999 parameters of SQLite before 3.32 (docs, "Limits",
 * section 9), and with six the 128 that a store sends.
 */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 250, sids: 500 }

interface StatementTexts {
  /** An upsert up to its rows, one row of placeholders, and what follows the rows. */
  readonly upsert: readonly [start: string, row: string, end: string]
  /** The same for new sessions, and for an update of several. */
  readonly insert: StatementTexts['upsert']
  readonly updateMany: StatementTexts['upsert']
  readonly updateOne: string
  readonly readOne: string
  readonly readMany: string
  readonly touchOne: string
  readonly touchMany: string
  readonly prune: string
  readonly destroyOne: string
  readonly destroyMany: string
}

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
  return withRows(table, textsOf(table).upsert, rows)
}

function withRows(
  table: SessionTable,
  [start, row, end]: StatementTexts['upsert'],
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
    const { sql, bindings } = withRows(table, textsOf(table).insert, rows)
    return { sql, bindings: [...bindings, expiry(table).encode(now)] }
  },
  answer: () => undefined,
}

function updateStatement(table: SessionTable, rows: readonly SessionRow[]): Statement {
  const { updateOne, updateMany } = textsOf(table)
  const [row] = rows
  if (!row || rows.length > 1) return withRows(table, updateMany, rows)
  return {
    sql: updateOne,
    bindings: [...cellsOf(writtenBy('write', table), row), row.sid, row.sid],
  }
}

/**
 * Writes the rows that are there, of multi-row values as an upsert (`update … from`, SQLite 3.33),
 * and tells by `returning` (3.35) which.
 */
export const update: NonNullable<DialectQueries['update']> = {
  statement: updateStatement,
  answer: sidsOf,
}

function readStatement(table: SessionTable, sids: readonly string[], now: EpochMs): Statement {
  const { readOne, readMany } = textsOf(table)
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

function touchStatement(
  table: SessionTable,
  rows: readonly SessionExpiry[],
  now: EpochMs,
): Statement {
  const { touchOne, touchMany } = textsOf(table)
  const moved = writtenBy('touch', table)
  const tuples = rows.map((row) => [row.sid, ...cellsOf(moved, row)])
  const [only] = tuples
  const at = expiry(table).encode(now)
  return only && tuples.length === 1
    ? { sql: touchOne, bindings: [...only.slice(1), only[0], only[0], at] }
    : { sql: touchMany, bindings: [JSON.stringify(tuples), at] }
}

/**
 * Moves each row's own expiry, of rows whose sid is the same byte for byte, several values
 * travelling as one JSON text (`update … from`, SQLite 3.33). Durability is a setting of the
 * connection here (`pragma synchronous`), so {@link TouchOptions} make no difference.
 */
export const touch: NonNullable<DialectQueries['touch']> = {
  statement: touchStatement,
  answer: () => undefined,
}

/**
 * Finds and deletes a chunk of expired rows in one statement, and counts them by `returning`
 * (SQLite 3.35). What another program wrote in another form, which cannot be compared, stays.
 */
export const prune: NonNullable<DialectQueries['prune']> = {
  statement: (table, now, { limit }) => ({
    sql: textsOf(table).prune,
    bindings: [expiry(table).encode(now), limit],
  }),
  answer: (result) => ({ removed: (result as readonly unknown[]).length }),
}

/**
 * Deletes rows: one by equality, more by a list in one binding, and tells by `returning` (SQLite
 * 3.35) which there were.
 */
export const destroy: NonNullable<DialectQueries['destroy']> = {
  statement(table, sids) {
    const { destroyOne, destroyMany } = textsOf(table)
    if (sids.length === 1) return { sql: destroyOne, bindings: [sids[0], sids[0]] }
    const list = JSON.stringify(sids)
    return { sql: destroyMany, bindings: [list, list] }
  },
  answer: sidsOf,
}

function sidsOf(result: unknown): readonly string[] {
  return (result as readonly { readonly sid: string }[]).map((row) => row.sid)
}

const cache = new WeakMap<SessionTable, StatementTexts>()

function textsOf(table: SessionTable): StatementTexts {
  let texts = cache.get(table)
  if (!texts) {
    texts = {
      upsert: upsertText(table, 'write', isAnother(table)),
      insert: upsertText(table, 'insert', `${isAnother(table)} or ${isLiveAndOther(table)}`),
      ...updateTexts(table),
      ...readTexts(table),
      ...touchTexts(table),
      ...destroyTexts(table),
      prune: pruneText(table),
    }
    cache.set(table, texts)
  }
  return texts
}

/** `isTaken`: whether the row that is there must not be replaced. */
function upsertText(
  table: SessionTable,
  kind: 'insert' | 'write',
  isTaken: string,
): StatementTexts['upsert'] {
  const names = table.columns.map((column) => quoteIdentifier(column.name))
  const replaced = writtenBy(kind, table).map((column) => replacement(table, column, isTaken))
  return [
    `insert into ${quotedTable(table)} (${names.join(', ')}) values `,
    placesOf(table.columns),
    ` on conflict (${quoteIdentifier(table.column.sid.name)}) do update set ${replaced.join(', ')}`,
  ]
}

function placesOf(columns: readonly Column[]): string {
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

/**
 * The columns of `values` have neither affinity nor collation, so that those of the table hold, and
 * its index is used.
 */
function updateTexts(table: SessionTable): Pick<StatementTexts, 'updateOne' | 'updateMany'> {
  const sid = quoteIdentifier(table.column.sid.name)
  const value = (column: Column): string => `v.column${String(table.columns.indexOf(column) + 1)}`
  const start = (valueOf: (column: Column) => string): string => {
    const assignments = writtenBy('write', table).map(
      (column) => `${quoteIdentifier(column.name)} = ${valueOf(column)}`,
    )
    return `update ${quotedTable(table)} as t set ${assignments.join(', ')}`
  }
  const found = (id: string): string =>
    `where t.${sid} = ${id} and ${exactSid.column(`t.${sid}`)} = ${id} returning ${sid} as ${quoteIdentifier('sid')}`
  return {
    updateOne: `${start((column) => parameterOf({ json, timestamp }, column))} ${found('?')}`,
    updateMany: [
      `${start(value)} from (values `,
      placesOf(table.columns),
      `) as v ${found(value(table.column.sid))}`,
    ],
  }
}

function readTexts(table: SessionTable): Pick<StatementTexts, 'readOne' | 'readMany'> {
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
}

function touchTexts(table: SessionTable): Pick<StatementTexts, 'touchOne' | 'touchMany'> {
  const sid = quoteIdentifier(table.column.sid.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const live = `t.${expired} > ${expiry(table).parameter}`
  const exact = exactSid.column(`t.${sid}`)
  const moved = writtenBy('touch', table)
  const update = (value: (column: Column, place: number) => string): string => {
    const assignments = moved.map(
      (column, place) => `${quoteIdentifier(column.name)} = ${value(column, place)}`,
    )
    return `update ${quotedTable(table)} as t set ${assignments.join(', ')}`
  }
  return {
    touchOne: `${update((column) => parameterOf({ json, timestamp }, column))} where t.${sid} = ? and ${exact} = ${exactSid.parameter} and ${live}`,
    touchMany:
      `${update((_, place) => `json_extract(v.value, '$[${String(place + 1)}]')`)} from json_each(?) as v ` +
      `where t.${sid} = json_extract(v.value, '$[0]') and ${exact} = json_extract(v.value, '$[0]') and ${live}`,
  }
}

function destroyTexts(table: SessionTable): Pick<StatementTexts, 'destroyOne' | 'destroyMany'> {
  const sid = quoteIdentifier(table.column.sid.name)
  const deletion = `delete from ${quotedTable(table)} where`
  const returned = `returning ${sid} as ${quoteIdentifier('sid')}`
  const isListed = 'in (select value from json_each(?))'
  return {
    destroyOne: `${deletion} ${sid} = ? and ${exactSid.column(sid)} = ${exactSid.parameter} ${returned}`,
    destroyMany: `${deletion} ${sid} ${isListed} and ${exactSid.column(sid)} ${isListed} ${returned}`,
  }
}

function pruneText(table: SessionTable): string {
  const name = quotedTable(table)
  const sid = quoteIdentifier(table.column.sid.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const isOver = `${expired} <= ${expiry(table).parameter} and ${comparable(table)}`
  const found = `select ${sid} from ${name} where ${isOver} order by ${expired} limit ?`
  return `delete from ${name} where ${sid} in (${found}) returning 1`
}

function cellsOf(columns: readonly Column[], row: Partial<SessionRow>): readonly unknown[] {
  return columns.map((column) => encodeColumn({ json, timestamp }, column, row))
}

function expiry(table: SessionTable): CompleteCodec<EpochMs> {
  return expiryCodec({ timestamp }, table)
}
