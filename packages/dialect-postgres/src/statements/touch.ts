import {
  expiryCodec,
  type DialectQueries,
  type EpochMs,
  type SessionExpiry,
  type SessionTable,
  type Statement,
  type TouchOptions,
} from '@knex-session/core/dialect'
import { timestamp } from '../codecs.js'
import { exactSid, quotedTable, quoteIdentifier } from '../identifiers.js'
import { asked, askedText, columnValue, named, relaxed, sidArray, sidsFor, textsFor, type StatementText } from './parts.js'

/** A touch whose commit waits for the disk, and one whose commit does not. */
interface TouchTexts {
  readonly durable: StatementText
  readonly relaxed: StatementText
}

function touchStatement(table: SessionTable, rows: readonly SessionExpiry[], now: EpochMs, { durable }: TouchOptions): Statement {
  const { touchOne, touchMany } = textsOf(table)
  const sids = sidsFor(
    table,
    rows.map((row) => row.sid),
  )
  const expiries = rows.map((row) => timestamp.encode(row.expired))
  const at = timestamp.encode(now)
  const kind = durable ? 'durable' : 'relaxed'
  return rows.length === 1
    ? { ...touchOne[kind], bindings: [...expiries, ...sids, ...sids, at] }
    : { ...touchMany[kind], bindings: [sids, expiries, at] }
}

/**
 * Moves each row's own expiry. When it need not be durable its commit does not wait for the disk or a standby: `synchronous_commit` is
 * off until the end of the transaction, which is this one statement (docs 18, section 28.4). In a transaction of the application's own
 * it stays off until that one ends.
 */
export const touch: NonNullable<DialectQueries['touch']> = { statement: touchStatement, answer: () => undefined }

const textsOf = textsFor(touchTexts)

/**
 * Many rows are found as a read finds them, and locked in the order of the batch, as upserts lock them: a join locks in whatever
 * order its plan has, and two processes that touch the same sessions deadlock, a second each time. A row that another statement deleted, or
 * let expire, while the lock was waited for is left out. So is one whose sid only the column's type or collation takes for equal.
 */
function touchTexts(table: SessionTable): Readonly<Record<'touchOne' | 'touchMany', TouchTexts>> {
  const name = quotedTable(table)
  const sid = quoteIdentifier(table.column.sid.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const live = `t.${expired} > ${expiryCodec({ timestamp }, table).parameter}`
  const exact = exactSid.column(`t.${sid}`)
  const one = (from: string): string =>
    `update ${name} as t set ${expired} = ${expiryCodec({ timestamp }, table).parameter}${from} where t.${sid} = ? and ${exact} = ${exactSid.parameter} and ${live}`
  const many = (from: string): string =>
    `update ${name} as t set ${expired} = ${columnValue(table.column.expired)} from (select t.${sid}, v.${expired} ` +
    `from ${from}unnest(?::${sidArray(table)}, ?::float8[]) as v(${asked}, ${expired}) ` +
    `cross join lateral (select t.${sid} from ${name} as t where t.${sid} = v.${asked} and ${exact} = ${askedText(table)} and ${live} limit 1 for no key update) as t` +
    `) as v where t.${sid} = v.${sid}`
  return {
    touchOne: { durable: named(one('')), relaxed: named(relaxed + one(' from relaxed')) },
    touchMany: { durable: named(many('')), relaxed: named(relaxed + many('relaxed cross join ')) },
  }
}
