import {
  paddedCount,
  padWithLast,
  qualifiedName,
  repeat,
  selectColumn,
  textBySize,
  writtenBy,
  type DialectQueries,
  type SessionRow,
  type SessionTable,
  type Statement,
  type StatementLimits,
} from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { sidTaken } from './errors.js'
import { quoteIdentifier } from './identifiers.js'
import {
  assignments,
  countOf,
  declaredNow,
  encode,
  expiry,
  liveAt,
  parameterFor,
  quoted,
  rowByRow,
  sidIsAlike,
  sidIsVariable,
  variable,
} from './row-by-row.js'

/**
 * A request takes 2,100 parameters, of which tedious needs two for `sp_executesql`
 * (https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server). A
 * write has 3 for a row and one more, a delete 2 for a sid and one more. Powers of two, so that the
 * largest statement is a padded size as well.
 */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 128, sids: 512 }

/**
 * Writes the rows one after the other, in one round trip: update, and insert where nothing was
 * updated. Two first writes of one sid may collide with error 2627, and the store tries again; a
 * lock on the gap that a new row belongs in would spare that, but new sessions of others that
 * belong there would wait for it. No `merge`: Babelfish lacks it.
 *
 * Where the primary key's collation takes a new sid for that of another session, the insert would
 * fail with 2627 as well, however often it is tried; so a number of its own is thrown before that.
 * The look-up is for new sids only.
 */
export function upsert(table: SessionTable, rows: readonly SessionRow[]): Statement {
  const size = paddedCount(rows.length, limits.rows)
  return {
    sql: upsertText(table, size),
    bindings: [...countOf(rows, size), ...cellsOf(table, rows, size)],
  }
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
      bindings: [...countOf(rows, size), expiry(table).encode(now), ...cellsOf(table, rows, size)],
    }
  },
  answer: () => undefined,
}

/** The columns of the rows; spare ones hold no text. */
export function cellsOf(
  table: SessionTable,
  rows: readonly SessionRow[],
  size: number,
): readonly unknown[] {
  return padWithLast(rows, size).flatMap((row, index) =>
    table.columns.map((column) => encode(column, index < rows.length ? row : { ...row, sess: '' })),
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
      bindings: [...padWithLast(sids, size), expiry(table).encode(now)],
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

const upsertText = textBySize((table, size) => upsertOf(table, size, 'write', [], ''))
const insertText = textBySize((table, size) =>
  upsertOf(
    table,
    size,
    'insert',
    [declaredNow(table)],
    ` and ${liveAt(table.column.expired, '@now', 0)}`,
  ),
)

/** `andFree`: which rows may be replaced, whatever their sids; any other is another session's. */
function upsertOf(
  table: SessionTable,
  size: number,
  kind: 'insert' | 'write',
  declarations: readonly string[],
  andFree: string,
): string {
  const { columns } = table
  const target = qualifiedName({ quoteIdentifier }, table)
  const isTaken =
    andFree === ''
      ? sidIsAlike(table)
      : `${quoted(table.column.sid)} = ${variable(table.column.sid)}`
  return rowByRow(table, columns, size, declarations, [
    `update ${target} set ${assignments(writtenBy(kind, table))} where ${sidIsVariable(table)}${andFree};`,
    'if @@rowcount = 0 begin',
    `if exists (select 1 from ${target} where ${isTaken}) begin; throw ${String(sidTaken)}, N'the sid is taken', 1; end;`,
    `insert into ${target} (${columns.map(quoted).join(', ')}) values (${columns.map(variable).join(', ')});`,
    'end;',
  ])
}

const readText = textBySize((table, size) => {
  const { sid, expired } = table.column
  const cells = table.columns.map(
    (column) =>
      `${selectColumn({ json, timestamp, quoteIdentifier }, column)} as [${column.field}]`,
  )
  const places = repeat(parameterFor(sid), size)
  const isLive = liveAt(expired, parameterFor(expired))
  return `select ${cells.join(', ')} from ${qualifiedName({ quoteIdentifier }, table)} where ${quoted(sid)} in (${places}) and ${isLive}`
})
