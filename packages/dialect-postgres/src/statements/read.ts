import { expiryCodec, type DialectQueries, type EpochMs, type SessionTable, type Statement } from '@knex-session/core/dialect'
import { timestamp } from '../codecs.js'
import { quotedTable, quoteIdentifier } from '../identifiers.js'
import { asked, named, selected, sidArray, sidsFor, textsFor, type StatementText } from './parts.js'

/** Reads one session by plain equality, which takes the server half the time that an array of one does. */
function readStatement(table: SessionTable, sids: readonly string[], now: EpochMs): Statement {
  const { readOne, readMany } = textsOf(table)
  const at = timestamp.encode(now)
  const ids = sidsFor(table, sids)
  return ids.length === 1 ? { ...readOne, bindings: [ids[0], at] } : { ...readMany, bindings: [ids, at] }
}

/** Reads unexpired sessions; the rows are in node-postgres' result. */
export const read: NonNullable<DialectQueries['read']> = {
  statement: readStatement,
  answer: (result) => (result as { readonly rows: readonly Readonly<Record<string, unknown>>[] }).rows,
}

const textsOf = textsFor(readTexts)

/**
 * Many rows are looked up one by one, each by its primary key, whatever the planner makes of the table's statistics: `limit` keeps it from
 * turning the look-ups into a join. With `sid = any(…)` it takes a small table for one to be scanned, or walks the index on the expiry, and
 * then reads the dead versions of every session that was written since the last vacuum: fifty times slower on a busy table.
 */
function readTexts(table: SessionTable): Readonly<Record<'readOne' | 'readMany', StatementText>> {
  const columns = table.columns.map((column) => `${selected(column)} as ${quoteIdentifier(column.field)}`)
  const sid = quoteIdentifier(table.column.sid.name)
  const live = `${quoteIdentifier(table.column.expired.name)} > ${expiryCodec({ timestamp }, table).parameter}`
  const one = (value: string): string => `select ${columns.join(', ')} from ${quotedTable(table)} where ${sid} = ${value} and ${live}`
  return {
    readOne: named(one('?')),
    readMany: named(`select t.* from unnest(?::${sidArray(table)}) as v(${asked}) cross join lateral (${one(`v.${asked}`)} limit 1) as t`),
  }
}
