import {
  encodeColumn,
  expiryCodec,
  paddedCount,
  padWithLast,
  qualifiedName,
  repeat,
  selectColumn,
  textBySize,
  writtenBy,
  type Column,
  type CompleteCodec,
  type DialectQueries,
  type EpochMs,
  type SessionRow,
  type SessionTable,
  type Statement,
  type StatementLimits,
} from '@knex-session/core/dialect'
import { instant, json, timestamp } from './codecs.js'
import { sidTaken } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'

/**
 * A statement takes 65,535 binds and a list 1,000 expressions. Powers of two, so that the largest
 * statement is a padded size as well.
 */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 64, sids: 512 }

/**
 * Writes the rows one after the other in one PL/SQL block, one round trip: update, insert where
 * nothing was updated, update again when another session inserted first. When that happens each
 * time and no row is ever found, it is no other insert of the sid that is in the way, but another
 * unique key, or a collation: a number of its own is raised. ORA-00001 names a key, and primary
 * ones have the server's names.
 *
 * Not `merge`: in SQL a text bind holds 4,000 bytes, in a block 32,767, and node-oracledb makes a
 * temporary CLOB of a longer one. Spare places are null: they cost nothing and find nothing.
 */
export function upsert(table: SessionTable, rows: readonly SessionRow[]): Statement {
  const size = paddedCount(rows.length, limits.rows)
  return { sql: upsertText(table, size), bindings: cellsOf(table, rows, size) }
}

/**
 * As an upsert, but only a row that has expired is updated: the number is raised for any other that
 * is there.
 */
export const insert: NonNullable<DialectQueries['insert']> = {
  statement(table, rows, now) {
    const size = paddedCount(rows.length, limits.rows)
    return {
      sql: insertText(table, size),
      bindings: [expiry(table).encode(now), ...cellsOf(table, rows, size)],
    }
  },
  answer: () => undefined,
}

/** The columns of the rows. */
export function cellsOf(
  table: SessionTable,
  rows: readonly SessionRow[],
  size: number,
): readonly unknown[] {
  const values = rows.flatMap((row) => table.columns.map((column) => encode(column, row)))
  return withNulls(values, size * table.columns.length)
}

/**
 * node-oracledb fetches 100 rows in a round trip and goes on while as many come (`_getAllRows`,
 * `lib/resultset.js` of node-oracledb 26). With an execute that is to fetch rows as well, which a
 * CLOB forbids anyway, the thin driver would send no commit (`writeReExecuteMessage`,
 * `lib/thin/protocol/messages/execute.js`), and in a session that is `serializable` the next read
 * would see what this one saw.
 */
const inOneFetch = Object.freeze({ fetchArraySize: limits.sids + 1, prefetchRows: 0 })

/** Unexpired rows by primary key. */
export const read: NonNullable<DialectQueries['read']> = {
  statement(table, sids, now) {
    const size = paddedCount(sids.length, limits.sids)
    return {
      sql: readText(table, size),
      bindings: [...padWithLast(sids, size), expiry(table).encode(now)],
      options: inOneFetch,
    }
  },
  answer: (result) =>
    Array.isArray(result) ? (result as readonly Readonly<Record<string, unknown>>[]) : [],
}

const upsertText = textBySize((table, size) => upsertOf(table, size, 'write', '', ''))
const insertText = textBySize((table, size) => {
  return upsertOf(
    table,
    size,
    'insert',
    declaredNow(table),
    ` and ${liveAt(table.column.expired, now(table), 0)}`,
  )
})

/** `andFree`: which rows may be replaced, whatever their sids. */
function upsertOf(
  table: SessionTable,
  size: number,
  kind: 'insert' | 'write',
  declaration: string,
  andFree: string,
): string {
  const { columns } = table
  const values = columns.map((column) => parameter(table, column)).join(', ')
  return block(table, columns, size, declaration, [
    'for attempt in 1 .. 3 loop',
    `${updateOf(table, kind)}${andFree};`,
    'if sql%rowcount > 0 then return; end if;',
    'begin',
    `insert into ${qualifiedName({ quoteIdentifier }, table)} (${columns.map(quoted).join(', ')}) values (${values});`,
    'return;',
    'exception when dup_val_on_index then null;',
    'end;',
    'end loop;',
    `raise_application_error(-${String(sidTaken)}, 'another unique key');`,
  ])
}

export function updateOf(table: SessionTable, kind: 'insert' | 'write' | 'touch'): string {
  const assignments = writtenBy(kind, table).map(
    (column) => `${quoted(column)} = ${parameter(table, column)}`,
  )
  return `update ${qualifiedName({ quoteIdentifier }, table)} set ${assignments.join(', ')} where ${sidIsParameter(table)}`
}

const readText = textBySize((table, size) => {
  const { sid, expired } = table.column
  const cells = table.columns.map(
    (column) =>
      `${selectColumn({ json, timestamp, quoteIdentifier }, column)} as "${column.field}"`,
  )
  const condition = `${quoted(sid)} in (${repeat('?', size)}) and ${liveAt(expired, expiry(table).parameter)}`
  return `select ${cells.join(', ')} from ${qualifiedName({ quoteIdentifier }, table)} where ${condition}`
})

/**
 * That the row is live at a point in time, or with `0` that it is not. The expiry has no part in
 * how rows are found: with statistics older than the sessions, hardly a row seems to end after now,
 * and its index might look like the shorter way than that of the sids.
 */
export function liveAt(expired: Column, at: string, is: 0 | 1 = 1): string {
  return `case when ${quoted(expired)} > ${at} then 1 else 0 end = ${String(is)}`
}

/**
 * A block that calls a local procedure for each row, so that each value is bound once. Its
 * parameters have the types of the columns, so a table made by others gets values of its own types.
 *
 * An error undoes the whole block: what becomes of earlier rows when an exception leaves a block is
 * up to the caller (PL/SQL Language Reference 19c, Unhandled Exceptions), and knex neither rolls
 * back nor closes the connection then.
 */
export function block(
  table: SessionTable,
  columns: readonly Column[],
  size: number,
  declaration: string,
  statements: readonly string[],
  end?: string,
): string {
  const parameters = columns.map(
    (column) => `${parameter(table, column)} ${columnType(table, column)}`,
  )
  const places = columns.map((column) => (column.type === 'timestamp' ? inBlock(column) : '?'))
  return [
    'declare',
    ...(declaration === '' ? [] : [declaration]),
    `procedure knex_session_row(${parameters.join(', ')}) is begin`,
    `if ${parameter(table, table.column.sid)} is null then return; end if;`,
    ...statements,
    'end;',
    'begin',
    'savepoint knex_session_rows;',
    ...Array<string>(size).fill(`knex_session_row(${places.join(', ')});`),
    ...(end === undefined ? [] : [end]),
    'exception when others then',
    'rollback to savepoint knex_session_rows;',
    'raise;',
    'end;',
  ].join('\n')
}

export function now(table: SessionTable): string {
  return `${prefix(table)}now`
}

export function declaredNow(table: SessionTable): string {
  const { expired } = table.column
  return `${now(table)} ${columnType(table, expired)} := ${inBlock(expired)};`
}

function sidIsParameter(table: SessionTable): string {
  const column = quoted(table.column.sid)
  const value = parameter(table, table.column.sid)
  return `${column} = ${value} and ${exactSid.column(column)} = ${exactSid.column(value)}`
}

function columnType(table: SessionTable, column: Column): string {
  return `${qualifiedName({ quoteIdentifier }, table)}.${quoted(column)}%type`
}

/** How expiries travel to and from the column of the table. */
export function expiry(table: SessionTable): CompleteCodec<EpochMs> {
  return expiryCodec({ timestamp }, table)
}

/**
 * The place of an expiry in a block, where the parameter that takes it has the type of the column.
 */
function inBlock(column: Column): string {
  return column.codec?.parameter ?? instant
}

export function quoted(column: Column): string {
  return quoteIdentifier(column.name)
}

export function parameter(table: SessionTable, column: Column): string {
  return `${prefix(table)}${column.field}`
}

/**
 * Where a column and a variable have the same name, SQL in a block means the column: no column may
 * begin like a variable.
 */
function prefix(table: SessionTable): string {
  return table.columns.some((column) => /^p_/i.test(column.name)) ? 'q_' : 'p_'
}

export function encode(column: Column, row: Partial<SessionRow>): unknown {
  return encodeColumn({ json, timestamp }, column, row)
}

export function withNulls(values: readonly unknown[], length: number): readonly unknown[] {
  return [...values, ...Array<null>(length - values.length).fill(null)]
}
