import { statementName, type Column, type SessionTable } from '@knex-session/core/dialect'
import { json, timestamp } from '../codecs.js'
import { quoteIdentifier } from '../identifiers.js'
import type { FoundTable } from '../inspect.js'

/** The text of a statement and the name by which it is prepared. */
export interface StatementText {
  readonly sql: string
  readonly name: string
}

/** Composes texts once for a table. */
export function textsFor<Texts>(compose: (table: SessionTable) => Texts): (table: SessionTable) => Texts {
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
 * The ids as they are compared with the column. A `uuid` takes other spellings of one for equal, and gives back this one: any other id becomes
 * one that the server refuses.
 */
export function sidsFor({ sidType }: FoundTable, sids: readonly string[]): readonly string[] {
  return sidType === undefined ? sids : sids.map((sid) => (uuid.test(sid) ? sid : 'no uuid'))
}

/** The sids in what node-postgres gave. */
export function sidsOf(result: unknown): readonly string[] {
  return (result as { readonly rows: readonly { readonly sid: string }[] }).rows.map((row) => row.sid)
}

/** A point in time for a column that may have no time zone, and holds UTC then. */
export function inColumn(column: Column, instant: string): string {
  return column.codec === undefined ? instant : `${instant} at time zone 'UTC'`
}

/** A session id that was asked for, to be compared byte for byte. */
export function askedText({ sidType }: FoundTable): string {
  return sidType === undefined ? `v.${asked}` : `v.${asked}::text`
}

/** The type of an array of session ids. */
export function sidArray({ sidType }: FoundTable): string {
  return `${sidType ?? 'text'}[]`
}

/** The expression that reads a column. */
export function selected(column: Column): string {
  const name = quoteIdentifier(column.name)
  if (column.type === 'sid') return name
  return (column.type === 'json' ? json : timestamp).select(name)
}

/** The name of a session id that was asked for; no column of {@link SessionTable} may be called so. */
export const asked = '"knex_session_sid"'

/**
 * The setting is made in a query of its own that the statement reads: it is volatile, so every version runs it and none merges it into
 * the rest (docs 18, section 7.8.3); `as materialized` would say the same but is unknown before PostgreSQL 12.
 */
export const relaxed = "with relaxed as (select set_config('synchronous_commit', 'off', true)) "

/** The value for a column, from the row `v` of the arrays. */
export function columnValue(column: Column): string {
  const cell = `v.${quoteIdentifier(column.name)}`
  switch (column.type) {
    case 'sid':
      return cell
    case 'json':
      return `${cell}::json`
    case 'timestamp':
      return inColumn(column, `to_timestamp(${cell} / 1000)`)
  }
}
