import {
  expiryCodec,
  selectColumn,
  writtenBy,
  type DialectQueries,
  type SessionRow,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { postgres } from '@knex-session/dialect-postgres'
import { inColumn, json, timestamp } from './codecs.js'
import {
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
  type Texts,
} from './texts.js'

/** Every row in one statement. The row of another session, in a column that takes both ids for equal, fails it. */
export const upsert = (table: SessionTable, rows: readonly SessionRow[]): Statement =>
  statement(upsertTexts, table, rows.length, cells(table.columns, rows))

/** As an upsert, but a live row is another session's as well. */
export const insert: NonNullable<DialectQueries['insert']> = {
  statement: (table, rows, now) =>
    statement(insertTexts, table, rows.length, [
      ...cells(table.columns, rows),
      expiryCodec({ timestamp }, table).encode(now),
    ]),
  answer: () => undefined,
}

const upsertTexts = upsertsOf('write', isAnother)
const insertTexts = upsertsOf('insert', (table) => `${isAnother(table)} or ${live(table, 't.')}`)

/**
 * `isTaken`: whether the row `t` that is there must not be replaced. Its expiry becomes a logarithm
 * of a negative number, which fails (2201E); of a decimal one, since that of a float is NaN here
 * (CockroachDB's `pkg/sql/sem/builtins/math_builtins.go`).
 */
function upsertsOf(kind: 'insert' | 'write', isTaken: (table: SessionTable) => string): Texts {
  const text = (table: SessionTable, rows: string): string => {
    const { sid, expired } = table.column
    const failure = inColumn(
      expiryCodec({ timestamp }, table),
      `ln(-length(t.${quoted(sid)}::text)::decimal)`,
    )
    const replaced = writtenBy(kind, table).map((column) => {
      const name = quoted(column)
      return column === expired
        ? `${name} = case when ${isTaken(table)} then ${failure} else excluded.${name} end`
        : `${name} = excluded.${name}`
    })
    const names = table.columns.map(quoted)
    return `insert into ${nameOf(table)} as t (${names.join(', ')}) ${rows} on conflict (${quoted(sid)}) do update set ${replaced.join(', ')}`
  }
  return texts(
    (table) => text(table, `values (${table.columns.map(parameter).join(', ')})`),
    (table) => {
      const values = table.columns.map((column) => value(table, column))
      return text(table, `select ${values.join(', ')} from ${unnested(table.columns)}`)
    },
  )
}

function isAnother({ column }: SessionTable): string {
  const sid = quoted(column.sid)
  return `${exactSid.column(`t.${sid}`)} <> ${exactSid.column(`excluded.${sid}`)}`
}

/** Reads unexpired sessions by primary key; the store looks at the ids it gets back. */
export const read: NonNullable<DialectQueries['read']> = {
  statement: (table, sids, now) =>
    statement(readTexts, table, sids.length, [
      sids.length === 1 ? sids[0] : sids,
      expiryCodec({ timestamp }, table).encode(now),
    ]),
  answer: (result) =>
    (result as { readonly rows: readonly Readonly<Record<string, unknown>>[] }).rows,
}

const readTexts = texts(
  (table) => readOf(table, '?'),
  (table) => readOf(table, 'any(?)'),
)

function readOf(table: SessionTable, sids: string): string {
  const columns = table.columns.map(
    (column) =>
      `${selectColumn({ ...postgres, json, timestamp }, column)} as ${postgres.quoteIdentifier(column.field)}`,
  )
  return `select ${columns.join(', ')} from ${nameOf(table)} where ${quoted(table.column.sid)} = ${sids} and ${live(table)}`
}
