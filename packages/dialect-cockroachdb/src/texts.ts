import {
  encodeColumn,
  expiryCodec,
  parameterOf,
  qualifiedName,
  statementName,
  textBySize,
  type Column,
  type ExactSid,
  type SessionRow,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { postgres } from '@knex-session/dialect-postgres'
import { inColumn, json, timestamp } from './codecs.js'
import type { FoundTable } from './inspect.js'

export type Texts = (table: SessionTable, size: number) => string

/**
 * Compares session ids byte for byte: a column made by others may have a collation, and its text by
 * itself has none.
 */
export const exactSid: ExactSid = {
  column: (quoted) => `${quoted}::text`,
  parameter: '?',
  among: (quoted, sids) => ({ sql: `${quoted}::text = any(?)`, bindings: [sids] }),
}

/** The name of a session id that was asked for. */
export const asked = '"knex_session_sid"'

/** The texts for one row and for several, of any number: one prepared statement serves all batches. */
export function texts(
  one: (table: SessionTable) => string,
  many: (table: SessionTable) => string,
): Texts {
  return textBySize((table, size) => (size === 1 ? one(table) : many(table)))
}

export function statement(
  text: Texts,
  table: SessionTable,
  count: number,
  bindings: readonly unknown[],
): Statement {
  const sql = text(table, Math.min(count, 2))
  return { sql, bindings, name: statementName(sql) }
}

/**
 * The bindings of columns for {@link unnested}, or, of one row, as they are. Rows have no value for
 * some.
 */
export function cells(
  columns: readonly Column[],
  rows: readonly Partial<SessionRow>[],
): readonly unknown[] {
  const [first, ...others] = rows
  return columns.map((column) => {
    const cellOf = (row: Partial<SessionRow>) => encodeColumn({ json, timestamp }, column, row)
    if (first && others.length === 0) return cellOf(first)
    return rows.map(cellOf)
  })
}

/** The rows `v` of one array for each column, the first of them by another name, if it has one. */
export function unnested(columns: readonly Column[], first?: string): string {
  const arrays = columns.map(({ type }) => `?::${type === 'timestamp' ? 'float8' : 'text'}[]`)
  const names = columns.map((column, place) => (place === 0 && first) || quoted(column))
  return `unnest(${arrays.join(', ')}) as v(${names.join(', ')})`
}

/** The value for a column from the row `v`. */
export function value(table: FoundTable, column: Column): string {
  const cell = `v.${quoted(column)}`
  if (column.type === 'timestamp') return inColumn(column.codec ?? timestamp, cell)
  return column.type === 'json' && table.isJson === true ? `${cell}::jsonb` : cell
}

export function live(table: SessionTable, of = ''): string {
  return `${of}${quoted(table.column.expired)} > ${expiryCodec({ timestamp }, table).parameter}`
}

export function parameter(column: Column): string {
  return parameterOf({ json, timestamp }, column)
}

export function quoted({ name }: Column): string {
  return postgres.quoteIdentifier(name)
}

export function nameOf(table: SessionTable): string {
  return qualifiedName(postgres, table)
}
