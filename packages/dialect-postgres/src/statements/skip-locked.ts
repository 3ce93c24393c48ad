import { type DialectQueries, type LockPurpose, type SessionTable } from '@knex-session/core/dialect'
import { quotedTable, quoteIdentifier } from '../identifiers.js'
import { asked, named, sidArray, sidsOf, textsFor, type StatementText } from './parts.js'

/**
 * Passes over rows that somebody has locked (docs 18, "SELECT", `skip locked`). A row is locked as a write would do it (section 13.3.2): what
 * refers to it by a foreign key holds up only its deletion.
 */
export const skipLocked: NonNullable<DialectQueries['skipLocked']> = {
  statement: (table, sids, purpose) => ({ ...textsOf(table)[purpose], bindings: [sids] }),
  answer: (result) => sidsOf(result),
}

const textsOf = textsFor(skipLockedTexts)

/** Rows are found as a read finds them. */
function skipLockedTexts(table: SessionTable): Readonly<Record<LockPurpose, StatementText>> {
  const sid = quoteIdentifier(table.column.sid.name)
  const text = (strength: string): StatementText =>
    named(
      `select t.${sid} as "sid" from unnest(?::${sidArray(table)}) as v(${asked}) cross join lateral ` +
        `(select t.${sid} from ${quotedTable(table)} as t where t.${sid} = v.${asked} limit 1 for ${strength} skip locked) as t`,
    )
  return { update: text('no key update'), delete: text('update') }
}
