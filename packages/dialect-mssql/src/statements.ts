import {
  encodeColumn,
  paddedCount,
  padWithLast,
  qualifiedName,
  repeat,
  selectColumn,
  textBySize,
  writtenBy,
  type Column,
  type ColumnType,
  type DialectQueries,
  type SessionRow,
  type SessionTable,
  type Statement,
  type StatementLimits,
} from '@knex-session/core/dialect'
import { blankPadded, json, sqlTypes, timestamp } from './codecs.js'
import { sidTaken } from './errors.js'
import { exactSid, quoteIdentifier } from './identifiers.js'

/**
 * A request takes 2,100 parameters, of which tedious needs two for `sp_executesql`
 * (https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server). A
 * write has 3 for a row and one more, a delete 2 for a sid and one more. Powers of two, so that the
 * largest statement is a padded size as well.
 */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 128, sids: 512 }

export const parameters: Readonly<Record<ColumnType, string>> = {
  sid: 'cast(? as nvarchar(255))',
  json: json.parameter,
  timestamp: timestamp.parameter,
  user: 'cast(? as nvarchar(255))',
}

/**
 * Writes the rows one after the other, in one transaction and one round trip: update, and insert
 * where nothing was updated. The row lock (or, for a row that is not there, the range lock) of the
 * update is held until the commit, so nobody can insert in between; where hints are ignored
 * (Babelfish) two first writes of one sid collide with error 2627, and the store tries again. No
 * `merge`: Babelfish lacks it.
 *
 * Where the primary key's collation takes a new sid for that of another session, the insert would
 * fail with 2627 as well, however often it is tried; so a number of its own is thrown before that.
 * The look-up is for new sids only.
 *
 * Each row is taken from the table variable into variables. In a join, the collation of the two sid
 * columns would have to be the same, and that of a table made by others is not known here; a
 * variable takes on the collation of the column it is compared with, so the primary key is used
 * whatever that is
 * (https://learn.microsoft.com/sql/t-sql/statements/collation-precedence-transact-sql).
 *
 * With `xact_abort` an error, and also a client that cancels, undoes the whole batch and leaves no
 * transaction on the connection. Like `nocount` it ends with the batch, which tedious runs in
 * `sp_executesql`.
 */
export function upsert(table: SessionTable, rows: readonly SessionRow[]): Statement {
  const size = paddedCount(rows.length, limits.rows)
  return { sql: upsertText(table, size), bindings: [rows.length, ...cellsOf(table, rows, size)] }
}

/**
 * As an upsert, but only a row that has expired is updated: the number is thrown for any other that
 * is there.
 */
export const insert: NonNullable<DialectQueries['insert']> = {
  statement(table, rows, now) {
    const size = paddedCount(rows.length, limits.rows)
    return {
      sql: insertText(table, size),
      bindings: [rows.length, timestamp.encode(now), ...cellsOf(table, rows, size)],
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
  const texts = blankPadded([
    ...rows.map((row) => json.encode(row.sess) as string),
    ...Array<string>(size - rows.length).fill(''),
  ])
  return padWithLast(rows, size).flatMap((row, index) =>
    table.columns.map((column) => encode(column, { ...row, sess: texts[index] ?? '' })),
  )
}

/**
 * Unexpired rows by primary key. A collation may find more than was asked for; the store looks at
 * the sids it gets back.
 */
export const read: NonNullable<DialectQueries['read']> = {
  statement(table, sids, now) {
    const size = paddedCount(sids.length, limits.sids)
    return {
      sql: readText(table, size),
      bindings: [...padWithLast(sids, size), timestamp.encode(now)],
    }
  },
  answer(result) {
    const rows = Array.isArray(result)
      ? (result as readonly Readonly<Record<string, unknown>>[])
      : []
    if (rows.every((row) => typeof row['sid'] === 'string')) return rows
    throw new TypeError(
      '[knex-session] [mssql] tedious gave columns other names; leave out the option `columnNameReplacer` of the connection',
    )
  },
}

const upsertText = textBySize((table, size) => upsertOf(table, size, 'write', '', ''))
const insertText = textBySize((table, size) => {
  const expired = quoted(table.column.expired)
  return upsertOf(
    table,
    size,
    'insert',
    declaredNow,
    ` and case when ${expired} > @now then 1 else 0 end = 0`,
  )
})

/** `andFree`: which rows may be replaced, whatever their sids; any other is another session's. */
function upsertOf(
  table: SessionTable,
  size: number,
  kind: 'insert' | 'write',
  declaration: string,
  andFree: string,
): string {
  const { columns } = table
  const target = qualifiedName({ quoteIdentifier }, table)
  const isTaken =
    andFree === ''
      ? sidIsAlike(table)
      : `${quoted(table.column.sid)} = ${variable(table.column.sid)}`
  return batch(
    table,
    columns,
    size,
    declaration,
    `update ${target} with (updlock, serializable) set ${assignments(writtenBy(kind, table))} where ${sidIsVariable(table)}${andFree};`,
    'if @@rowcount = 0 begin',
    `if exists (select 1 from ${target} where ${isTaken}) begin; throw ${String(sidTaken)}, N'the sid is taken', 1; end;`,
    `insert into ${target} (${columns.map(quoted).join(', ')}) values (${columns.map(variable).join(', ')});`,
    'end;',
  )
}

const readText = textBySize((table, size) => {
  const { sid, expired } = table.column
  const cells = table.columns.map(
    (column) =>
      `${selectColumn({ json, timestamp, quoteIdentifier }, column)} as [${column.field}]`,
  )
  const places = repeat(parameters.sid, size)
  // The expiry has no part in how rows are found: with statistics older than the sessions, its
  // index might look like the shorter way.
  const isLive = `case when ${quoted(expired)} > ${parameters.timestamp} then 1 else 0 end = 1`
  return `select ${cells.join(', ')} from ${qualifiedName({ quoteIdentifier }, table)} where ${quoted(sid)} in (${places}) and ${isLive}`
})

/**
 * A batch that does the same to each row. Parameters: the number of rows, those of `declarations`,
 * then the columns of `size` rows.
 *
 * It reads a row that is never there before the transaction begins. A table or column that is
 * missing is an error of compiling the statement that names it, which leaves the batch without
 * undoing the transaction, whatever `xact_abort` says
 * (https://learn.microsoft.com/sql/t-sql/statements/set-xact-abort-transact-sql): it must come up
 * while there is none.
 */
export function batch(
  table: SessionTable,
  columns: readonly Column[],
  size: number,
  declarations: string,
  ...statements: readonly string[]
): string {
  const target = qualifiedName({ quoteIdentifier }, table)
  const fields = columns.map((column) => column.field)
  const places = columns.map((column) => parameters[column.type])
  return [
    'set nocount on; set xact_abort on;',
    `declare @rows table (n int not null primary key, ${columns.map((column) => `${column.field} ${sqlTypes[column.type]}${column.nullable === true ? '' : ' not null'}`).join(', ')});`,
    `declare @n int = 1, @count int = ?${declarations}, ${columns.map((column) => `${variable(column)} ${sqlTypes[column.type]}`).join(', ')};`,
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
  ].join('\n')
}

export const declaredNow: string = `, @now ${sqlTypes.timestamp} = ${parameters.timestamp}`

export function assignments(columns: readonly Column[]): string {
  return columns.map((column) => `${quoted(column)} = ${variable(column)}`).join(', ')
}

export function sidIsVariable(table: SessionTable): string {
  return sidCompared(table, '=')
}

/** Another session's sid, which the collation takes for this one. */
function sidIsAlike(table: SessionTable): string {
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

/** The texts of sessions are encoded, and padded, before. */
export function encode(column: Column, row: Partial<SessionRow>): unknown {
  return column.type === 'json' ? row.sess : encodeColumn({ json, timestamp }, column, row)
}
