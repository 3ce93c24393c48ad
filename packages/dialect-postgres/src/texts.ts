import {
  encodeColumn,
  statementName,
  type Column,
  type SessionRow,
  type SessionTable,
  type Statement,
  type WriteOptions,
} from '@knex-session/core/dialect'
import { json, jsonSeparator, timestamp, type TimeCodec } from './codecs.js'
import { quoteIdentifier } from './identifiers.js'
import type { FoundTable } from './inspect.js'

/** The text of a statement and the name by which it is prepared. */
export interface StatementText {
  readonly sql: string
  readonly name: string
}

/** The text of a write, and of one that has a time limit for locks, its last parameter. */
export interface WriteTexts {
  readonly waits: StatementText
  readonly limited: StatementText
}

/**
 * A condition that always holds, and sets how long the statement waits for each lock, until the end
 * of its transaction, which is this one statement. It names no row, so that every version makes it
 * a filter that comes before any row is looked for (`One-Time Filter` in `explain`), and so before
 * each lock.
 */
export const limit = `(select set_config('lock_timeout', ?, true)) is not null`

/** The texts of a write that ends with its conditions, but for `end`. */
export function writeTexts(text: string, end = ''): WriteTexts {
  return { waits: named(text + end), limited: named(`${text} and ${limit}${end}`) }
}

/**
 * A write; `last` are the bindings after the conditions. `lock_timeout` takes whole ms, and 0 for
 * none.
 */
export function write(
  { waits, limited }: WriteTexts,
  bindings: readonly unknown[],
  { lockTimeout }: WriteOptions = {},
  last: readonly unknown[] = [],
): Statement {
  // Field by field: spreads take as long as the rest of a statement.
  const { sql, name } = lockTimeout === undefined ? waits : limited
  const limits = lockTimeout === undefined ? last : [String(Math.ceil(lockTimeout)), ...last]
  return { sql, name, bindings: limits.length === 0 ? bindings : [...bindings, ...limits] }
}

/** Composes texts once for a table. */
export function textsFor<Texts>(
  compose: (table: SessionTable) => Texts,
): (table: SessionTable) => Texts {
  const cache = new WeakMap<SessionTable, Texts>()
  return (table) => {
    const known = cache.get(table)
    if (known !== undefined) return known
    const texts = compose(table)
    cache.set(table, texts)
    return texts
  }
}

/** A text with its name. */
export function named(sql: string): StatementText {
  return { sql, name: statementName(sql) }
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/**
 * The ids as they are compared with the column. A `uuid` takes other spellings of one for equal,
 * and gives back this one: any other id becomes one that the server refuses.
 */
export function sidsFor({ sidType }: FoundTable, sids: readonly string[]): readonly string[] {
  return sidType === undefined ? sids : sids.map(uuidOf)
}

function uuidOf(sid: string): string {
  return uuid.test(sid) ? sid : 'no uuid'
}

/** What a column holds at a point in time: so many seconds since 1970, a double. */
export function inColumn(column: Column, seconds: string): string {
  return ((column.codec ?? timestamp) as TimeCodec).value(seconds)
}

/** The type of an array of session ids. */
export function sidArray({ sidType }: FoundTable): string {
  return `${sidType ?? 'text'}[]`
}

/**
 * The name of a session id that was asked for; no column of {@link SessionTable} may be called so.
 */
export const asked = '"knex_session_sid"'

/** The value for a column, from the row `v` of the arrays. */
export function columnValue(column: Column): string {
  const cell = `v.${quoteIdentifier(column.name)}`
  switch (column.type) {
    case 'sid':
    case 'user':
    case 'version':
      return cell
    case 'json':
      return `${cell}::json`
    case 'timestamp':
      return inColumn(column, `${cell} / 1000`)
  }
}

/** The binding for a column of one row. */
export function cellOf(
  table: SessionTable,
  column: Column,
  row: Partial<SessionRow> & Pick<SessionRow, 'sid'>,
): unknown {
  if (column.type !== 'sid') return encodeColumn({ json, timestamp }, column, row)
  const { sidType }: FoundTable = table
  return sidType === undefined ? row.sid : uuidOf(row.sid)
}

/**
 * The columns as upserts bind them. Contents come third, where no statement that is about one
 * session has a session id: the server names the place of a parameter that the encoding of the
 * database cannot hold, and nothing else of it (`classify` in errors.ts).
 */
export function inOrder({ columns, column }: SessionTable): readonly Column[] {
  const { sid, sess, expired } = column
  return [
    sid,
    expired,
    sess,
    ...columns.filter((each) => each !== sid && each !== sess && each !== expired),
  ]
}

/** One column of all rows as an array, made of one binding. */
export function columnArray(table: SessionTable, column: Column): string {
  switch (column.type) {
    case 'sid':
      return `?::${sidArray(table)}`
    case 'user':
    case 'version':
      return '?::text[]'
    case 'json':
      return `string_to_array(?, chr(${String(jsonSeparator.charCodeAt(0))}))`
    case 'timestamp':
      return '?::float8[]'
  }
}

/** The binding for {@link columnArray}. */
export function columnBinding(
  table: SessionTable,
  column: Column,
  rows: readonly (Partial<SessionRow> & Pick<SessionRow, 'sid'>)[],
): unknown {
  const cells = rows.map((row) => cellOf(table, column, row))
  return column.type === 'json' ? cells.join(jsonSeparator) : cells
}

/** The ids that came back, each as `sid`. */
export function sidsOf(result: unknown): readonly string[] {
  return (result as { readonly rows: readonly { readonly sid: string }[] }).rows.map(
    (row) => row.sid,
  )
}

/** A session id that was asked for, to be compared byte for byte. */
export function askedText({ sidType }: FoundTable): string {
  return sidType === undefined ? `v.${asked}` : `v.${asked}::text`
}

/**
 * The setting is made in a query of its own that the statement reads: it is volatile, so every
 * version runs it and none merges it into the rest (docs 18, section 7.8.3); `as materialized`
 * would say the same but is unknown before PostgreSQL 12.
 */
export const relaxed = "with relaxed as (select set_config('synchronous_commit', 'off', true)) "
