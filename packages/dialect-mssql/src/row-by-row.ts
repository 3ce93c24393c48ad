import {
  encodeColumn,
  expiryCodec,
  qualifiedName,
  type Column,
  type ColumnType,
  type CompleteCodec,
  type EpochMs,
  type SessionRow,
  type SessionTable,
} from '@knex-session/core/dialect'
import { json, sqlTypeOf, timestamp } from './codecs.js'
import { exactSid, quoteIdentifier } from './identifiers.js'

const parameters: Readonly<Record<Exclude<ColumnType, 'timestamp'>, string>> = {
  sid: 'cast(? as nvarchar(255))',
  json: json.parameter,
  user: 'cast(? as nvarchar(255))',
  version: 'cast(? as nvarchar(32))',
}

/** The placeholder for a column. */
export function parameterFor({ type, codec }: Column): string {
  return type === 'timestamp' ? (codec ?? timestamp).parameter : parameters[type]
}

/** How expiries travel to and from the column of the table. */
export function expiry(table: SessionTable): CompleteCodec<EpochMs> {
  return expiryCodec({ timestamp }, table)
}

/** The parameter that {@link rowByRow} has before all others: how many rows are no spare ones. */
export function countOf(rows: readonly unknown[], size: number): readonly number[] {
  return size === 1 ? [] : [rows.length]
}

/**
 * Does the same to each row, whose columns are in variables then. A variable takes on the collation
 * of the column that it is compared with, so the primary key is used whatever the collation of a
 * table made by others is
 * (https://learn.microsoft.com/sql/t-sql/statements/collation-precedence-transact-sql). Parameters:
 * {@link countOf}, those of `declarations`, then the columns of `size` rows.
 *
 * With `xact_abort` an error, and also a client that cancels, undoes the whole batch and leaves no
 * transaction on the connection. Like `nocount` it ends with the batch, which tedious runs in
 * `sp_executesql`.
 */
export function rowByRow(
  table: SessionTable,
  columns: readonly Column[],
  size: number,
  declarations: readonly string[],
  statements: readonly string[],
): string {
  const batch =
    size === 1
      ? oneRow(columns, declarations, statements)
      : manyRows(table, columns, size, declarations, statements)
  return ['set nocount on; set xact_abort on;', ...batch].join('\n')
}

/**
 * One row needs no transaction, because at most one statement changes it, and no table variable,
 * which is a table in `tempdb`
 * (https://learn.microsoft.com/sql/t-sql/data-types/table-transact-sql).
 */
function oneRow(
  columns: readonly Column[],
  declarations: readonly string[],
  statements: readonly string[],
): readonly string[] {
  const row = columns.map((column) => `${declared(column)} = ${parameterFor(column)}`)
  return [`declare ${[...declarations, ...row].join(', ')};`, ...statements]
}

/**
 * Many rows go through a table variable. In a join with it, the collation of the two sid columns
 * would have to be the same.
 *
 * The batch reads a row that is never there before the transaction begins. A table or column that
 * is missing is an error of compiling the statement that names it, which leaves the batch without
 * undoing the transaction, whatever `xact_abort` says
 * (https://learn.microsoft.com/sql/t-sql/statements/set-xact-abort-transact-sql): it must come up
 * while there is none.
 */
function manyRows(
  table: SessionTable,
  columns: readonly Column[],
  size: number,
  declarations: readonly string[],
  statements: readonly string[],
): readonly string[] {
  const target = qualifiedName({ quoteIdentifier }, table)
  const fields = columns.map((column) => column.field)
  const places = columns.map(parameterFor)
  const types = columns.map(
    (column) =>
      `${column.field} ${sqlTypeOf(column)}${column.nullable === true ? '' : ' not null'}`,
  )
  const declarationsOfAll = ['@n int = 1', '@count int = ?', ...declarations]
  return [
    `declare @rows table (n int not null primary key, ${types.join(', ')});`,
    `declare ${[...declarationsOfAll, ...columns.map(declared)].join(', ')};`,
    `insert into @rows (n, ${fields.join(', ')}) values`,
    `${Array.from({ length: size }, (_, index) => `(${String(index + 1)}, ${places.join(', ')})`).join(', ')};`,
    `select ${columns.map((column) => `${variable(column)} = ${quoted(column)}`).join(', ')} from ${target} where ${quoted(table.column.sid)} = N'';`,
    'begin transaction;',
    'while @n <= @count begin',
    `select ${columns.map((column) => `${variable(column)} = ${column.field}`).join(', ')} from @rows where n = @n;`,
    ...statements,
    'set @n = @n + 1;',
    'end;',
    'commit transaction;',
  ]
}

function declared(column: Column): string {
  return `${variable(column)} ${sqlTypeOf(column)}`
}

export function declaredNow({ column: { expired } }: SessionTable): string {
  return `@now ${sqlTypeOf(expired)} = ${parameterFor(expired)}`
}

export function assignments(columns: readonly Column[]): string {
  return columns.map((column) => `${quoted(column)} = ${variable(column)}`).join(', ')
}

/**
 * That the row is live at a point in time, or with `0` that it is not. The expiry has no part in
 * how rows are found: with statistics older than the sessions, hardly a row seems to end after now,
 * and its index might look like the shorter way than that of the sids.
 */
export function liveAt(expired: Column, at: string, is: 0 | 1 = 1): string {
  return `case when ${quoted(expired)} > ${at} then 1 else 0 end = ${String(is)}`
}

export function sidIsVariable(table: SessionTable): string {
  return sidCompared(table, '=')
}

/** Another session's sid, which the collation takes for this one. */
export function sidIsAlike(table: SessionTable): string {
  return sidCompared(table, '<>')
}

function sidCompared({ column: { sid } }: SessionTable, comparison: '=' | '<>'): string {
  return `${quoted(sid)} = ${variable(sid)} and ${exactSid.column(quoted(sid))} ${comparison} ${variable(sid)} + N'.'`
}

export function quoted(column: Column): string {
  return quoteIdentifier(column.name)
}

export function variable(column: Column): string {
  return `@${column.field}`
}

export function encode(column: Column, row: Partial<SessionRow>): unknown {
  return encodeColumn({ json, timestamp }, column, row)
}
