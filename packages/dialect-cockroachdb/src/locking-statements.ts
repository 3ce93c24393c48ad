import {
  expiryCodec,
  follows,
  formerOf,
  writtenBy,
  type Column,
  type DialectQueries,
  type SessionTable,
} from '@knex-session/core/dialect'
import { postgres } from '@knex-session/dialect-postgres'
import { timestamp } from './codecs.js'
import {
  asked,
  cells,
  exactSid,
  live,
  nameOf,
  parameter,
  quoted,
  statement,
  texts,
  unnested,
  value,
} from './texts.js'

/** Moves each row's own expiry; every commit is on a majority of the replicas. */
export const touch: NonNullable<DialectQueries['touch']> = {
  statement(table, rows, now) {
    const moved = writtenBy('touch', table)
    const sids = rows.map(({ sid }) => sid)
    const at = expiryCodec({ timestamp }, table).encode(now)
    const values = cells(moved, rows)
    return rows.length === 1
      ? statement(touchTexts, table, 1, [...values, ...sids, ...sids, at])
      : statement(touchTexts, table, rows.length, [sids, ...values, at])
  },
  answer: () => undefined,
}

const touchTexts = texts(
  (table) => `${updateOne(table, writtenBy('touch', table))} and ${live(table, 't.')}`,
  (table) => `${updateMany(table, writtenBy('touch', table))} and ${live(table, 't.')}`,
)

/** Writes the rows that are there, and reports how many; where they have versions, which. */
export const update: NonNullable<DialectQueries['update']> = {
  statement(table, rows) {
    const written = writtenBy('write', table)
    const sids = rows.map(({ sid }) => sid)
    const formers = table.column.version ? rows.map(formerOf) : []
    const values = cells(written, rows)
    return rows.length === 1
      ? statement(updateTexts, table, 1, [...values, ...sids, ...sids, ...formers])
      : statement(updateTexts, table, rows.length, [sids, ...values])
  },
  answer: (result) => postgres.queries?.update?.answer(result),
}

const updateTexts = texts(
  (table) => updateOne(table, writtenBy('write', table)) + followed(table, '?'),
  (table) =>
    updateMany(table, writtenBy('write', table)) +
    followed(table, `substr(v.${quotedVersion(table)}, 17, 16) || '%'`),
)

/** That a row has the version which the new one follows, where the table has versions. */
function followed(table: SessionTable, former: string): string {
  if (!table.column.version) return ''
  const condition = follows(`t.${quotedVersion(table)}`, former)
  return ` and ${condition} returning t.${quoted(table.column.sid)} as "sid"`
}

function quotedVersion({ column: { version } }: SessionTable): string {
  return version ? quoted(version) : ''
}

function updateOne(table: SessionTable, columns: readonly Column[]): string {
  const assigned = columns.map((column) => `${quoted(column)} = ${parameter(column)}`)
  const sid = `t.${quoted(table.column.sid)}`
  return `update ${nameOf(table)} as t set ${assigned.join(', ')} where ${sid} = ? and ${exactSid.column(sid)} = ?`
}

/** Several rows are joined to their new values by the primary key (docs 26.2, "UPDATE"). */
function updateMany(table: SessionTable, columns: readonly Column[]): string {
  const assigned = columns.map((column) => `${quoted(column)} = ${value(table, column)}`)
  const sid = `t.${quoted(table.column.sid)}`
  return (
    `update ${nameOf(table)} as t set ${assigned.join(', ')} from ${unnested([table.column.sid, ...columns], asked)} ` +
    `where ${sid} = v.${asked} and ${exactSid.column(sid)} = v.${asked}`
  )
}

/** Deletes rows by primary key, and reports which there were. */
export const destroy: NonNullable<DialectQueries['destroy']> = {
  statement: (table, sids) => {
    const binding = sids.length === 1 ? sids[0] : sids
    return statement(destroyTexts, table, sids.length, [binding, binding])
  },
  answer: (result) =>
    (result as { readonly rows: readonly { readonly sid: string }[] }).rows.map(({ sid }) => sid),
}

const destroyTexts = texts(
  (table) => destroyOf(table, '?'),
  (table) => destroyOf(table, 'any(?)'),
)

function destroyOf(table: SessionTable, sids: string): string {
  const sid = `t.${quoted(table.column.sid)}`
  return `delete from ${nameOf(table)} as t where ${sid} = ${sids} and ${exactSid.column(sid)} = ${sids} returning ${sid} as "sid"`
}
