import { type DialectQueries, type SessionTable } from '@knex-session/core/dialect'
import { exactSid, quotedTable, quoteIdentifier } from '../identifiers.js'
import { asked, askedText, named, sidArray, sidsFor, sidsOf, textsFor, type StatementText } from './parts.js'

/** Deletes one row by plain equality, more of them in the order of the sids, and tells which there were. */
export const destroy: NonNullable<DialectQueries['destroy']> = {
  statement(table, sids) {
    const { destroyOne, destroyMany } = textsOf(table)
    const ids = sidsFor(table, sids)
    return ids.length === 1 ? { ...destroyOne, bindings: [...ids, ...ids] } : { ...destroyMany, bindings: [ids, ids.length] }
  },
  answer: (result) => sidsOf(result),
}

const textsOf = textsFor(destroyTexts)

/**
 * Many rows are found and locked as a touch finds and locks them. The limit, the number of sids, leaves none out: the planner
 * takes it for one that leaves out nine tenths, and so joins the few rows it expects to the table by the primary key. By its other estimate
 * it would scan a young table, with all its dead versions, for as long as the plan is kept.
 */
function destroyTexts(table: SessionTable): Readonly<Record<'destroyOne' | 'destroyMany', StatementText>> {
  const name = quotedTable(table)
  const sid = quoteIdentifier(table.column.sid.name)
  const exact = exactSid.column(`t.${sid}`)
  const one = (value: string, exactValue: string): string => `t.${sid} = ${value} and ${exact} = ${exactValue}`
  const deletion = `delete from ${name} as t`
  const returned = `returning t.${sid} as "sid"`
  return {
    destroyOne: named(`${deletion} where ${one('?', exactSid.parameter)} ${returned}`),
    destroyMany: named(
      `${deletion} using (select t.${sid} from unnest(?::${sidArray(table)}) as v(${asked}) ` +
        `cross join lateral (select t.${sid} from ${name} as t where ${one(`v.${asked}`, askedText(table))} limit 1 for update) as t limit ?::int` +
        `) as v where t.${sid} = v.${sid} ${returned}`,
    ),
  }
}
