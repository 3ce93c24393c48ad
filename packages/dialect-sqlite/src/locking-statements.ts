import {
  encodeColumn,
  follows,
  formerOf,
  parameterOf,
  writtenBy,
  type Column,
  type DialectQueries,
  type EpochMs,
  type SessionExpiry,
  type SessionRow,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { comparable } from './found-table.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'
import {
  cellsOf,
  codecs,
  expiry,
  placesOf,
  textsFor,
  withRows,
  type RowsText,
} from './statements.js'

function updateStatement(table: SessionTable, rows: readonly SessionRow[]): Statement {
  const { updateOne, updateMany } = updateTexts(table)
  const [row] = rows
  if (!row || rows.length > 1) return withRows(table, updateMany, rows)
  const former = table.column.version ? [formerOf(row)] : []
  return {
    sql: updateOne,
    bindings: [...cellsOf(writtenBy('write', table), row), row.sid, row.sid, ...former],
  }
}

/**
 * Writes the rows that are there, of multi-row values as an upsert (`update … from`, SQLite 3.33),
 * and reports by `returning` (3.35) which.
 */
export const update: NonNullable<DialectQueries['update']> = {
  statement: updateStatement,
  answer: sidsOf,
}

function touchStatement(
  table: SessionTable,
  rows: readonly SessionExpiry[],
  now: EpochMs,
): Statement {
  const { touchOne, touchMany } = touchTexts(table)
  const moved = writtenBy('touch', table)
  const tuples = rows.map((row) => {
    const tuple: unknown[] = [row.sid]
    for (const column of moved) tuple.push(encodeColumn(codecs, column, row))
    return tuple
  })
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
    sql: pruneText(table),
    bindings: [expiry(table).encode(now), limit],
  }),
  answer: (result) => ({ removed: (result as readonly unknown[]).length }),
}

/**
 * Deletes rows: one by equality, more by a list in one binding, and reports by `returning` (SQLite
 * 3.35) which there were.
 */
export const destroy: NonNullable<DialectQueries['destroy']> = {
  statement(table, sids) {
    const { destroyOne, destroyMany } = destroyTexts(table)
    if (sids.length === 1) return { sql: destroyOne, bindings: [sids[0], sids[0]] }
    const list = JSON.stringify(sids)
    return { sql: destroyMany, bindings: [list, list] }
  },
  answer: sidsOf,
}

function sidsOf(result: unknown): readonly string[] {
  return (result as readonly { readonly sid: string }[]).map((row) => row.sid)
}

/**
 * The columns of `values` have neither affinity nor collation, so that those of the table hold, and
 * its index is used.
 */
const updateTexts = textsFor((table) => {
  const sid = quoteIdentifier(table.column.sid.name)
  const value = (column: Column): string => `v.column${String(table.columns.indexOf(column) + 1)}`
  const start = (valueOf: (column: Column) => string): string => {
    const assignments = writtenBy('write', table).map(
      (column) => `${quoteIdentifier(column.name)} = ${valueOf(column)}`,
    )
    return `update ${quotedTable(table)} as t set ${assignments.join(', ')}`
  }
  const { version } = table.column
  const followed = (former: string): string =>
    version ? ` and ${follows(`t.${quoteIdentifier(version.name)}`, former)}` : ''
  const found = (id: string, former: string): string =>
    `where t.${sid} = ${id} and ${exactSid.column(`t.${sid}`)} = ${id}${followed(former)} returning ${sid} as ${quoteIdentifier('sid')}`
  return {
    updateOne: `${start((column) => parameterOf({ json, timestamp }, column))} ${found('?', '?')}`,
    updateMany: [
      `${start(value)} from (values `,
      placesOf(table.columns),
      `) as v ${found(value(table.column.sid), version ? `substr(${value(version)}, 17, 16) || '%'` : '')}`,
    ] satisfies RowsText,
  }
})

const touchTexts = textsFor((table) => {
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
})

const destroyTexts = textsFor((table) => {
  const sid = quoteIdentifier(table.column.sid.name)
  const deletion = `delete from ${quotedTable(table)} where`
  const returned = `returning ${sid} as ${quoteIdentifier('sid')}`
  const isListed = 'in (select value from json_each(?))'
  return {
    destroyOne: `${deletion} ${sid} = ? and ${exactSid.column(sid)} = ${exactSid.parameter} ${returned}`,
    destroyMany: `${deletion} ${sid} ${isListed} and ${exactSid.column(sid)} ${isListed} ${returned}`,
  }
})

const pruneText = textsFor((table) => {
  const name = quotedTable(table)
  const sid = quoteIdentifier(table.column.sid.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const isOver = `${expired} <= ${expiry(table).parameter} and ${comparable(table)}`
  const found = `select ${sid} from ${name} where ${isOver} order by ${expired} limit ?`
  return `delete from ${name} where ${sid} in (${found}) returning 1`
})
