import {
  follows,
  formerOf,
  expiryCodec,
  parameterOf,
  writtenBy,
  type Column,
  type DialectQueries,
  type EpochMs,
  type LockPurpose,
  type SessionExpiry,
  type SessionRow,
  type SessionTable,
  type Statement,
  type TouchOptions,
  type WriteOptions,
} from '@knex-session/core/dialect'
import { json, timestamp } from './codecs.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'
import {
  asked,
  askedText,
  cellOf,
  columnArray,
  columnBinding,
  columnValue,
  inColumn,
  inOrder,
  named,
  relaxed,
  sidArray,
  sidsOf,
  textsFor,
  write,
  writeTexts,
  type StatementText,
  type WriteTexts,
} from './texts.js'

/** A touch whose commit waits for the disk, and one whose commit does not. */
interface TouchTexts {
  readonly durable: WriteTexts
  readonly relaxed: WriteTexts
}

function touchStatement(
  table: SessionTable,
  rows: readonly SessionExpiry[],
  now: EpochMs,
  options: TouchOptions,
): Statement {
  const { touchOne, touchMany } = touchesOf(table)
  const moved = writtenBy('touch', table)
  const kind = options.durable ? 'durable' : 'relaxed'
  const at = timestamp.encode(now)
  const [row] = rows
  if (row && rows.length === 1) {
    const sid = cellOf(table, table.column.sid, row)
    const cells = moved.map((column) => cellOf(table, column, row))
    return write(touchOne[kind], [...cells, sid, sid, at], options)
  }
  const arrays = [table.column.sid, ...moved].map((column) => columnBinding(table, column, rows))
  return write(touchMany[kind], [...arrays, at], options)
}

/**
 * Moves each row's own expiry. When it need not be durable its commit does not wait for the disk or
 * a standby: `synchronous_commit` is off until the end of the transaction, which is this one
 * statement (docs 18, section 28.4). In a transaction of the application's own it stays off until
 * that one ends.
 */
export const touch: NonNullable<DialectQueries['touch']> = {
  statement: touchStatement,
  answer: () => undefined,
}

const touchesOf = textsFor(touchTexts)

/**
 * Many rows are found as a read finds them, and locked in the order of the batch, as upserts lock
 * them: a join locks in whatever order its plan has, and two processes that touch the same sessions
 * deadlock, a second each time. A row that another statement deleted, or let expire, while the lock
 * was waited for is left out. So is one whose sid only the column's type or collation takes for
 * equal.
 */
function touchTexts(table: SessionTable): Readonly<Record<'touchOne' | 'touchMany', TouchTexts>> {
  const name = quotedTable(table)
  const sid = quoteIdentifier(table.column.sid.name)
  const expired = quoteIdentifier(table.column.expired.name)
  const live = `t.${expired} > ${expiryCodec({ timestamp }, table).parameter}`
  const exact = exactSid.column(`t.${sid}`)
  const moved = writtenBy('touch', table)
  const names = moved.map((column) => quoteIdentifier(column.name))
  const assigned = (value: (column: Column) => string): string =>
    moved.map((column) => `${quoteIdentifier(column.name)} = ${value(column)}`).join(', ')
  const arrays = moved.map((column) => columnArray(table, column))
  const one = (from: string): string =>
    `update ${name} as t set ${assigned((column) => parameterOf({ json, timestamp }, column))}${from} where t.${sid} = ? and ${exact} = ${exactSid.parameter} and ${live}`
  const many = (from: string): string =>
    `update ${name} as t set ${assigned(columnValue)} from (select t.${sid}, ${names.map((each) => `v.${each}`).join(', ')} ` +
    `from ${from}unnest(?::${sidArray(table)}, ${arrays.join(', ')}) as v(${asked}, ${names.join(', ')}) ` +
    `cross join lateral (select t.${sid} from ${name} as t where t.${sid} = v.${asked} and ${exact} = ${askedText(table)} and ${live} limit 1 for no key update) as t` +
    `) as v where t.${sid} = v.${sid}`
  return {
    touchOne: { durable: writeTexts(one('')), relaxed: writeTexts(relaxed + one(' from relaxed')) },
    touchMany: {
      durable: writeTexts(many('')),
      relaxed: writeTexts(relaxed + many('relaxed cross join ')),
    },
  }
}

function updateStatement(
  table: SessionTable,
  rows: readonly SessionRow[],
  options?: WriteOptions,
): Statement {
  const { updateOne, updateMany } = updatesOf(table)
  const [row] = rows
  if (row && rows.length === 1) {
    const id = cellOf(table, table.column.sid, row)
    const [expired, ...others] = updatedInOrder(table).map((column) => cellOf(table, column, row))
    const former = table.column.version ? [formerOf(row)] : []
    return write(updateOne, [expired, second, ...others, id, id, ...former], options)
  }
  const arrays = [table.column.sid, ...updatedInOrder(table)].map((column) =>
    columnBinding(table, column, rows),
  )
  return write(updateMany, arrays, options)
}

/**
 * Writes the rows that are there, and reports how many: rows that come back take the driver a tenth
 * of the time of the whole call. Where they have versions it reports which, since some may have
 * another one.
 */
export const update: NonNullable<DialectQueries['update']> = {
  statement: updateStatement,
  answer(result) {
    const { rowCount, rows } = result as {
      readonly rowCount: number | null
      readonly rows: readonly unknown[]
    }
    return rowCount === rows.length ? sidsOf(result) : (rowCount ?? undefined)
  },
}

const updatesOf = textsFor(updateTexts)

/** The columns that an update writes, the expiry first. */
function updatedInOrder(table: SessionTable): readonly Column[] {
  const written = writtenBy('write', table)
  return inOrder(table).filter((column) => written.includes(column))
}

/**
 * A parameter rather than a part of the text, so that contents come third also here: see `inOrder`
 * in texts.ts.
 */
const second = 1000

/**
 * Many rows are found and locked as a touch finds and locks them, whether they have expired or not.
 */
function updateTexts(
  table: SessionTable,
): Readonly<Record<'updateOne' | 'updateMany', WriteTexts>> {
  const name = quotedTable(table)
  const { column } = table
  const sid = quoteIdentifier(column.sid.name)
  const exact = exactSid.column(`t.${sid}`)
  const ordered = updatedInOrder(table)
  const version = column.version && quoteIdentifier(column.version.name)
  const followed = (former: string): string =>
    version === undefined ? '' : ` and ${follows(`t.${version}`, former)}`
  const returned = version === undefined ? '' : ` returning t.${sid} as "sid"`
  const former = `substr(v.${version ?? ''}, 17, 16) || '%'`
  const arrays = [column.sid, ...ordered].map((each) => columnArray(table, each))
  const names = ordered.map((each) => quoteIdentifier(each.name))
  const instant = inColumn(column.expired, '?::float8 / ?::float8')
  const assigned = (columns: readonly Column[], value: (column: Column) => string): string =>
    columns.map((each) => `${quoteIdentifier(each.name)} = ${value(each)}`).join(', ')
  const one = (each: Column): string =>
    each === column.expired ? instant : parameterOf({ json, timestamp }, each)
  return {
    updateOne: writeTexts(
      `update ${name} as t set ${assigned(ordered, one)} where t.${sid} = ? and ${exact} = ${exactSid.parameter}${followed('?')}`,
      returned,
    ),
    updateMany: writeTexts(
      `update ${name} as t set ${assigned(writtenBy('write', table), columnValue)} ` +
        `from (select t.${sid}, ${names.map((each) => `v.${each}`).join(', ')} from unnest(${arrays.join(', ')}) as v(${[asked, ...names].join(', ')}) ` +
        `cross join lateral (select t.${sid} from ${name} as t where t.${sid} = v.${asked} and ${exact} = ${askedText(table)}${followed(former)} limit 1 for no key update) as t` +
        `) as v where t.${sid} = v.${sid}`,
      returned,
    ),
  }
}

/**
 * Passes over rows that somebody has locked (docs 18, "SELECT", `skip locked`). A row is locked as
 * a write would do it (section 13.3.2): what refers to it by a foreign key blocks only its
 * deletion.
 */
export const skipLocked: NonNullable<DialectQueries['skipLocked']> = {
  statement: (table, sids, purpose) => ({ ...locksOf(table)[purpose], bindings: [sids] }),
  answer: (result) => sidsOf(result),
}

const locksOf = textsFor(skipLockedTexts)

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
