import { expiryCodec, toEpochMs, type DialectQueries, type SessionTable } from '@knex-session/core/dialect'
import { timestamp } from '../codecs.js'
import { quotedTable, quoteIdentifier } from '../identifiers.js'
import { named, relaxed, textsFor, type StatementText } from './parts.js'

/** Finds and deletes a chunk of expired rows in one statement, whose commit does not wait for the disk: what comes back is deleted again. */
export const prune: NonNullable<DialectQueries['prune']> = {
  statement: (table, now, { limit, from }) => ({
    ...textOf(table),
    bindings: [timestamp.encode(now), timestamp.encode(from ?? toEpochMs(-Number.MAX_SAFE_INTEGER)), limit, timestamp.encode(now)],
  }),
  answer(result) {
    const { removed, until } = (result as { readonly rows: readonly [{ readonly removed: unknown; readonly until: unknown }] }).rows[0]
    return { removed: Number(removed), ...(until === null ? {} : { until: timestamp.decode(until) }) }
  },
}

const textOf = textsFor(pruneText)

/**
 * Rows that somebody has locked are left out rather than waited for, so that a prune can be part of no deadlock. The rows found are deleted
 * by their place in the table (`ctid`; docs 18, section 5.6), which takes half the time that their primary keys take. A place is one of
 * a partition, and so that of other rows as well when the table has several: the expiry is looked at once more.
 */
function pruneText(table: SessionTable): StatementText {
  const name = quotedTable(table)
  const expired = quoteIdentifier(table.column.expired.name)
  const at = expiryCodec({ timestamp }, table).parameter
  const found =
    `select t.ctid from relaxed cross join ${name} as t where t.${expired} <= ${at} and t.${expired} >= ${at} ` +
    `order by t.${expired} limit ?::int for update of t skip locked`
  const gone = `delete from ${name} as t where t.ctid = any(array(${found})) and t.${expired} <= ${at} returning t.${expired} as expired`
  return named(
    `${relaxed.trimEnd()}, gone as (${gone}) select count(*)::text as removed, ${timestamp.select('max(gone.expired)')} as until from gone`,
  )
}
