import {
  follows,
  paddedCount,
  textBySize,
  writtenBy,
  type Column,
  type DialectQueries,
  type EpochMs,
  type SessionExpiry,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { bindInOut, outBindsIn } from './driver/own-client.js'
import {
  block,
  cellsOf,
  declaredNow,
  encode,
  expiry,
  limits,
  liveAt,
  now as nowIn,
  parameter,
  quoted,
  updateOf,
  withNulls,
} from './statements.js'

/**
 * Writes the rows that are there, one after the other as an upsert does, and counts them. The
 * number comes back by a bind, and knex commits no statement that has one: the driver's own client
 * does.
 */
export const update: NonNullable<DialectQueries['update']> = {
  statement(table, rows) {
    const size = paddedCount(rows.length, limits.rows)
    return {
      sql: updateText(table, size),
      bindings: [...cellsOf(table, rows, size), { dir: bindInOut, val: 0 }],
    }
  },
  answer: (result) => Number(outBindsIn(result)[0]),
}

function touchStatement(
  table: SessionTable,
  rows: readonly SessionExpiry[],
  now: EpochMs,
): Statement {
  const size = paddedCount(rows.length, limits.rows)
  const columns = touched(table)
  const values = rows.flatMap((row) => columns.map((column) => encode(column, row)))
  return {
    sql: touchText(table, size),
    bindings: [expiry(table).encode(now), ...withNulls(values, size * columns.length)],
  }
}

/** Moves the expiry of live rows, one after the other as an upsert does. */
export const touch: NonNullable<DialectQueries['touch']> = {
  statement: touchStatement,
  answer: () => undefined,
}

const updateText = textBySize((table, size) =>
  block(
    table,
    table.columns,
    size,
    'knex_session_found pls_integer := 0;',
    [
      `${updateOf(table, 'write')}${followed(table)};`,
      'knex_session_found := knex_session_found + sql%rowcount;',
    ],
    '? := knex_session_found;',
  ),
)

/** That a row has the version which the new one follows, where the table has versions. */
function followed(table: SessionTable): string {
  const { version } = table.column
  if (!version) return ''
  return ` and ${follows(quoted(version), `substr(${parameter(table, version)}, 17, 16) || '%'`)}`
}

/** What the rows of a touch hold. */
function touched(table: SessionTable): readonly Column[] {
  return [table.column.sid, ...writtenBy('touch', table)]
}

const touchText = textBySize((table, size) => {
  return block(table, touched(table), size, declaredNow(table), [
    `${updateOf(table, 'touch')} and ${liveAt(table.column.expired, nowIn(table))};`,
  ])
})
