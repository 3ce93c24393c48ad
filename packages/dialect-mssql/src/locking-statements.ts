import {
  follows,
  paddedCount,
  padWithLast,
  qualifiedName,
  repeat,
  textBySize,
  writtenBy,
  type Column,
  type DialectQueries,
  type EpochMs,
  type SessionExpiry,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { timestamp } from './codecs.js'
import { exactSid, quoteIdentifier } from './identifiers.js'
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
  sidIsVariable,
  variable,
} from './row-by-row.js'
import { cellsOf, limits } from './statements.js'

/**
 * Writes the rows that are there, one after the other as in {@link upsert}, and reports which; not
 * by `output`, which triggers do not allow.
 */
export const update: NonNullable<DialectQueries['update']> = {
  statement(table, rows) {
    const size = paddedCount(rows.length, limits.rows)
    return {
      sql: updateText(table, size),
      bindings: [...countOf(rows, size), ...cellsOf(table, rows, size)],
    }
  },
  answer: sidsOf,
}

function touchStatement(
  table: SessionTable,
  rows: readonly SessionExpiry[],
  now: EpochMs,
): Statement {
  const size = paddedCount(rows.length, limits.rows)
  const columns = touched(table)
  const values = padWithLast(rows, size).flatMap((row) =>
    columns.map((column) => encode(column, row)),
  )
  return {
    sql: touchText(table, size),
    bindings: [...countOf(rows, size), expiry(table).encode(now), ...values],
  }
}

/** Moves the expiry of live rows, one after the other as in {@link upsert}. */
export const touch: NonNullable<DialectQueries['touch']> = {
  statement: touchStatement,
  answer: () => undefined,
}

/**
 * Deletes rows by plain equality and by exact comparison, and reports which there were. On a table
 * with a trigger `output` is refused (error 334), and the store deletes without it.
 */
export const destroy: NonNullable<DialectQueries['destroy']> = {
  statement(table, sids) {
    const size = paddedCount(sids.length, limits.sids)
    const padded = padWithLast(sids, size)
    return { sql: destroyText(table, size), bindings: [...padded, ...padded] }
  },
  answer: sidsOf,
}

function sidsOf(result: unknown): readonly string[] {
  return (result as readonly { readonly sid: string }[]).map((row) => row.sid)
}

/**
 * Deletes those that expired first and passes over rows that somebody has locked (`readpast`).
 * Where the isolation level does not allow that (error 650), or a trigger does not allow `output`
 * (334), the store finds rows and deletes them by their sids.
 *
 * `top` in a subselect, because a delete has no order of its own
 * (https://learn.microsoft.com/sql/t-sql/statements/delete-transact-sql, Limiting the rows
 * deleted).
 */
export const prune: NonNullable<DialectQueries['prune']> = {
  statement(table, now, { limit, from }) {
    const bounds = from === undefined ? [now] : [now, from]
    const texts = from === undefined ? pruneText : pruneFromText
    return {
      sql: texts(table, limit),
      bindings: [...bounds, now].map((at) => expiry(table).encode(at)),
    }
  },
  answer(result) {
    const until = (result as readonly { readonly until: unknown }[]).map((row) =>
      timestamp.decode(row.until),
    )
    // Not spread into `Math.max`: a limit may be of any size.
    return {
      removed: until.length,
      ...(until.length === 0
        ? {}
        : { until: until.reduce((latest, each) => (each > latest ? each : latest)) }),
    }
  },
}

const updateText = textBySize((table, size) => {
  const { columns, column } = table
  const { version } = column
  const followed = version
    ? ` and ${follows(quoted(version), `substring(${variable(version)}, 17, 16) + N'%'`)}`
    : ''
  const update = `update ${qualifiedName({ quoteIdentifier }, table)} set ${assignments(writtenBy('write', table))} where ${sidIsVariable(table)}${followed};`
  if (size === 1)
    return rowByRow(table, columns, size, [], [update, 'if @@rowcount > 0 select @sid as [sid];'])
  const forget = 'if @@rowcount = 0 delete from @rows where n = @n;'
  return `${rowByRow(table, columns, size, [], [update, forget])}\nselect sid as [sid] from @rows where n <= @count;`
})

const touchText = textBySize((table, size) => {
  const target = qualifiedName({ quoteIdentifier }, table)
  const isLive = liveAt(table.column.expired, '@now')
  const update = `update ${target} set ${assignments(writtenBy('touch', table))} where ${sidIsVariable(table)} and ${isLive};`
  return rowByRow(table, touched(table), size, [declaredNow(table)], [update])
})

/** What the rows of a touch hold. */
function touched(table: SessionTable): readonly Column[] {
  return [table.column.sid, ...writtenBy('touch', table)]
}

const destroyText = textBySize((table, size) => {
  const sid = quoted(table.column.sid)
  const target = qualifiedName({ quoteIdentifier }, table)
  const exact = `${exactSid.column(sid)} in (${repeat(exactSid.parameter, size)})`
  return `delete from ${target} output deleted.${sid} as [sid] where ${sid} in (${repeat(parameterFor(table.column.sid), size)}) and ${exact}`
})

const pruneText = textBySize((table, limit) => pruneOf(table, limit, ''))
const pruneFromText = textBySize((table, limit) =>
  pruneOf(
    table,
    limit,
    ` and ${quoted(table.column.expired)} >= ${parameterFor(table.column.expired)}`,
  ),
)

function pruneOf(table: SessionTable, limit: number, andFrom: string): string {
  const [sid, expired] = [quoted(table.column.sid), quoted(table.column.expired)]
  const target = `${qualifiedName({ quoteIdentifier }, table)} with (rowlock, readpast)`
  const isExpired = `${expired} <= ${parameterFor(table.column.expired)}`
  const first = `select top (${String(limit)}) ${sid} from ${target} where ${isExpired}${andFrom} order by ${expired}`
  const until = expiry(table).select(`deleted.${expired}`)
  return `delete from ${target} output ${until} as [until] where ${sid} in (${first}) and ${isExpired}`
}
