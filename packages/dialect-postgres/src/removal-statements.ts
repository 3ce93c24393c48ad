import {
  expiryCodec,
  toEpochMs,
  type DialectQueries,
  type SessionTable,
} from '@knex-session/core/dialect'
import { timestamp } from './codecs.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'
import {
  asked,
  askedText,
  named,
  relaxed,
  sidArray,
  sidsFor,
  sidsOf,
  textsFor,
  write,
  writeTexts,
  type StatementText,
  type WriteTexts,
} from './texts.js'

/**
 * Deletes one row by plain equality, more of them in the order of the sids, and reports which there
 * were.
 */
export const destroy: NonNullable<DialectQueries['destroy']> = {
  statement(table, sids, options) {
    const { destroyOne, destroyMany } = destroysOf(table)
    const ids = sidsFor(table, sids)
    return ids.length === 1
      ? write(destroyOne, [...ids, ...ids], options)
      : write(destroyMany, [ids, ids.length], options)
  },
  answer: (result) => sidsOf(result),
}

const destroysOf = textsFor(destroyTexts)

/**
 * Many rows are found and locked as a touch finds and locks them. The limit, the number of sids,
 * leaves none out: the planner takes it for one that leaves out nine tenths, and so joins the few
 * rows it expects to the table by the primary key. By its other estimate it would scan a young
 * table, with all its dead versions, for as long as the plan is kept.
 */
function destroyTexts(
  table: SessionTable,
): Readonly<Record<'destroyOne' | 'destroyMany', WriteTexts>> {
  const name = quotedTable(table)
  const sid = quoteIdentifier(table.column.sid.name)
  const exact = exactSid.column(`t.${sid}`)
  const one = (value: string, exactValue: string): string =>
    `t.${sid} = ${value} and ${exact} = ${exactValue}`
  const deletion = `delete from ${name} as t`
  const returned = ` returning t.${sid} as "sid"`
  return {
    destroyOne: writeTexts(`${deletion} where ${one('?', exactSid.parameter)}`, returned),
    destroyMany: writeTexts(
      `${deletion} using (select t.${sid} from unnest(?::${sidArray(table)}) as v(${asked}) ` +
        `cross join lateral (select t.${sid} from ${name} as t where ${one(`v.${asked}`, askedText(table))} limit 1 for update) as t limit ?::int` +
        `) as v where t.${sid} = v.${sid}`,
      returned,
    ),
  }
}

/**
 * Finds and deletes a chunk of expired rows in one statement, whose commit does not wait for the
 * disk: what comes back is deleted again.
 */
export const prune: NonNullable<DialectQueries['prune']> = {
  statement: (table, now, { limit, from }) => ({
    ...pruneOf(table),
    bindings: [
      timestamp.encode(now),
      timestamp.encode(from ?? toEpochMs(-Number.MAX_SAFE_INTEGER)),
      limit,
      timestamp.encode(now),
    ],
  }),
  answer(result) {
    const { removed, until } = (
      result as { readonly rows: readonly [{ readonly removed: unknown; readonly until: unknown }] }
    ).rows[0]
    return {
      removed: Number(removed),
      ...(until === null ? {} : { until: timestamp.decode(until) }),
    }
  },
}

const pruneOf = textsFor(pruneText)

/**
 * Rows that somebody has locked are left out rather than waited for, so that a prune can be part of
 * no deadlock. The rows found are deleted by their place in the table (`ctid`; docs 18, section
 * 5.6), which takes half the time that their primary keys take. A place is one of a partition, and
 * so that of other rows as well when the table has several: the expiry is looked at once more.
 */
function pruneText(table: SessionTable): StatementText {
  const name = quotedTable(table)
  const expired = quoteIdentifier(table.column.expired.name)
  const codec = expiryCodec({ timestamp }, table)
  const at = codec.parameter
  const found =
    `select t.ctid from relaxed cross join ${name} as t where t.${expired} <= ${at} and t.${expired} >= ${at} ` +
    `order by t.${expired} limit ?::int for update of t skip locked`
  const gone = `delete from ${name} as t where t.ctid = any(array(${found})) and t.${expired} <= ${at} returning t.${expired} as expired`
  return named(
    `${relaxed.trimEnd()}, gone as (${gone}) select count(*)::text as removed, ${codec.select('max(gone.expired)')} as until from gone`,
  )
}
