import {
  encodeColumn,
  expiryCodec,
  parameterOf,
  statementName,
  toEpochMs,
  type Column,
  type DialectAdapter,
  type EpochMs,
  type LockPurpose,
  type SessionExpiry,
  type SessionRow,
  type SessionTable,
  type Statement,
  type StatementLimits,
  type TouchOptions,
} from '@knex-session/core/dialect'
import { json, jsonSeparator, timestamp } from './codecs.js'
import type { FoundTable } from './inspect.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'

/** Arrays take any number of rows; what limits them is the memory for the payloads of one statement. */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 256, sids: 1000 }

interface StatementText {
  readonly sql: string
  readonly name: string
}

interface StatementTexts {
  readonly upsertOne: StatementText
  readonly upsertMany: StatementText
  readonly readOne: StatementText
  readonly readMany: StatementText
  readonly touchOne: TouchTexts
  readonly touchMany: TouchTexts
  readonly prune: StatementText
  readonly unlocked: Readonly<Record<LockPurpose, StatementText>>
  readonly destroyOne: StatementText
  readonly destroyMany: StatementText
}

/** A touch whose commit waits for the disk, and one whose commit does not. */
interface TouchTexts {
  readonly durable: StatementText
  readonly relaxed: StatementText
}

/**
 * Every row in one statement of constant text, whatever their number: one prepared statement serves all batches.
 * Payloads are joined into one text that the server splits, which takes the driver a third of the time that an array of them does.
 * A row by itself is written without arrays, which take the server longer than the rest of the statement.
 *
 * Where the primary key takes a new sid for that of another session (`abc` for `ABC` in a column of type `citext`), the row would replace
 * that session's. For such a row the expiry becomes a logarithm of a negative number, which fails (docs 18, appendix A, 2201E). The number
 * depends on the row, so that no planner computes it ahead of time.
 */
export function upsert(table: SessionTable, rows: readonly SessionRow[]): Statement {
  const { upsertOne, upsertMany } = textsOf(table)
  const [row] = rows
  if (row && rows.length === 1) {
    return { ...upsertOne, bindings: inOrder(table).map((column) => cellOf(table, column, row)) }
  }
  return { ...upsertMany, bindings: inOrder(table).map((column) => columnBinding(table, column, rows)) }
}

/** Reads one session by plain equality, which takes the server half the time that an array of one does. */
function readStatement(table: SessionTable, sids: readonly string[], now: EpochMs): Statement {
  const { readOne, readMany } = textsOf(table)
  const at = timestamp.encode(now)
  const ids = sidsFor(table, sids)
  return ids.length === 1 ? { ...readOne, bindings: [ids[0], at] } : { ...readMany, bindings: [ids, at] }
}

/** Reads unexpired sessions; the rows are in node-postgres' result. */
export const read: NonNullable<DialectAdapter['read']> = {
  statement: readStatement,
  rows: (result) => (result as { readonly rows: readonly Readonly<Record<string, unknown>>[] }).rows,
}

/**
 * Moves each row's own expiry. When it need not be durable its commit does not wait for the disk or a standby: `synchronous_commit` is
 * off until the end of the transaction, which is this one statement (docs 18, section 28.4). In a transaction of the application's own
 * it stays off until that one ends.
 */
export function touch(table: SessionTable, rows: readonly SessionExpiry[], now: EpochMs, { durable }: TouchOptions): Statement {
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

/** Finds and deletes a chunk of expired rows in one statement, whose commit does not wait for the disk: what comes back is deleted again. */
export const prune: NonNullable<DialectAdapter['prune']> = {
  statement: (table, now, { limit, from }) => ({
    ...textsOf(table).prune,
    bindings: [timestamp.encode(now), timestamp.encode(from ?? toEpochMs(-Number.MAX_SAFE_INTEGER)), limit, timestamp.encode(now)],
  }),
  outcome(result) {
    const { removed, until } = (result as { readonly rows: readonly [{ readonly removed: unknown; readonly until: unknown }] }).rows[0]
    return { removed: Number(removed), ...(until === null ? {} : { until: timestamp.decode(until) }) }
  },
}

/**
 * Passes over rows that somebody has locked (docs 18, "SELECT", `skip locked`). A row is locked as a write would do it (section 13.3.2): what
 * refers to it by a foreign key holds up only its deletion.
 */
export const unlocked: NonNullable<DialectAdapter['unlocked']> = {
  statement: (table, sids, purpose) => ({ ...textsOf(table).unlocked[purpose], bindings: [sids] }),
  sids: (result) => sidsOf(result),
}

/** Deletes one row by plain equality, more of them in the order of the sids, and tells which there were. */
export const destroy: NonNullable<DialectAdapter['destroy']> = {
  statement(table, sids) {
    const { destroyOne, destroyMany } = textsOf(table)
    const ids = sidsFor(table, sids)
    return ids.length === 1 ? { ...destroyOne, bindings: [...ids, ...ids] } : { ...destroyMany, bindings: [ids, ids.length] }
  },
  removed: (result) => sidsOf(result),
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/**
 * The ids as they are compared with the column. A `uuid` takes other spellings of one for equal, and gives back this one: any other id becomes
 * one that the server refuses.
 */
function sidsFor({ sidType }: FoundTable, sids: readonly string[]): readonly string[] {
  return sidType === undefined ? sids : sids.map((sid) => (uuid.test(sid) ? sid : 'no uuid'))
}

function cellOf(table: SessionTable, column: Column, row: SessionRow): unknown {
  return column.type === 'sid' ? sidsFor(table, [row.sid])[0] : encodeColumn({ json, timestamp }, column, row)
}

function sidsOf(result: unknown): readonly string[] {
  return (result as { readonly rows: readonly { readonly sid: string }[] }).rows.map((row) => row.sid)
}

const cache = new WeakMap<SessionTable, StatementTexts>()

function textsOf(table: SessionTable): StatementTexts {
  let texts = cache.get(table)
  if (!texts) {
    texts = {
      ...upsertTexts(table),
      ...readTexts(table),
      ...touchTexts(table),
      ...destroyTexts(table),
      prune: pruneText(table),
      unlocked: unlockedTexts(table),
    }
    cache.set(table, texts)
  }
  return texts
}

/**
 * The columns as upserts bind them. Contents come third, where no statement that is about one session has a session id: the server names
 * the place of a parameter that the encoding of the database cannot hold, and nothing else of it (`classify` in errors.ts).
 */
function inOrder({ column }: SessionTable): readonly Column[] {
  return [column.sid, column.expired, column.sess]
}

function upsertTexts(table: SessionTable): Pick<StatementTexts, 'upsertOne' | 'upsertMany'> {
  const columns = inOrder(table)
  const names = columns.map((column) => quoteIdentifier(column.name))
  const parameters = columns.map((column) => parameterOf({ json, timestamp }, column))
  const values = columns.map((column) => columnValue(column))
  const arrays = columns.map((column) => columnArray(table, column))
  const sid = quoteIdentifier(table.column.sid.name)
  const replaced = table.columns.filter((column) => column.type !== 'sid').map((column) => replacement(table, column))
  const text = (rows: string): StatementText =>
    named(`insert into ${quotedTable(table)} as t (${names.join(', ')}) ${rows} on conflict (${sid}) do update set ${replaced.join(', ')}`)
  return {
    upsertOne: text(`values (${parameters.join(', ')})`),
    upsertMany: text(`select ${values.join(', ')} from unnest(${arrays.join(', ')}) as v(${names.join(', ')})`),
  }
}

function replacement(table: SessionTable, column: Column): string {
  const name = quoteIdentifier(column.name)
  if (column !== table.column.expired) return `${name} = excluded.${name}`
  const sid = quoteIdentifier(table.column.sid.name)
  const sameBytes = `${exactSid.column(`t.${sid}`)} = ${exactSid.column(`excluded.${sid}`)}`
  const failure = inColumn(column, `to_timestamp(ln(-length(t.${sid}::text)::float8))`)
  return `${name} = case when ${sameBytes} then excluded.${name} else ${failure} end`
}

/**
 * Many rows are looked up one by one, each by its primary key, whatever the planner makes of the table's statistics: `limit` keeps it from
 * turning the look-ups into a join. With `sid = any(…)` it takes a small table for one to be scanned, or walks the index on the expiry, and
 * then reads the dead versions of every session that was written since the last vacuum: fifty times slower on a busy table.
 */
function readTexts(table: SessionTable): Pick<StatementTexts, 'readOne' | 'readMany'> {
  const columns = table.columns.map((column) => `${selected(column)} as ${quoteIdentifier(column.field)}`)
  const sid = quoteIdentifier(table.column.sid.name)
  const live = `${quoteIdentifier(table.column.expired.name)} > ${expiryCodec({ timestamp }, table).parameter}`
  const one = (value: string): string => `select ${columns.join(', ')} from ${quotedTable(table)} where ${sid} = ${value} and ${live}`
  return {
    readOne: named(one('?')),
    readMany: named(`select t.* from unnest(?::${sidArray(table)}) as v(${asked}) cross join lateral (${one(`v.${asked}`)} limit 1) as t`),
  }
}

/**
 * Many rows are found as {@link readTexts} finds them, and locked in the order of the batch, as upserts lock them: a join locks in whatever
 * order its plan has, and two processes that touch the same sessions deadlock, a second each time. A row that another statement deleted, or
 * let expire, while the lock was waited for is left out. So is one whose sid only the column's type or collation takes for equal.
 */
function touchTexts(table: SessionTable): Pick<StatementTexts, 'touchOne' | 'touchMany'> {
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

/** Rows are found as {@link readTexts} finds them. */
function unlockedTexts(table: SessionTable): StatementTexts['unlocked'] {
  const sid = quoteIdentifier(table.column.sid.name)
  const text = (strength: string): StatementText =>
    named(
      `select t.${sid} as "sid" from unnest(?::${sidArray(table)}) as v(${asked}) cross join lateral ` +
        `(select t.${sid} from ${quotedTable(table)} as t where t.${sid} = v.${asked} limit 1 for ${strength} skip locked) as t`,
    )
  return { update: text('no key update'), delete: text('update') }
}

/**
 * Many rows are found and locked as {@link touchTexts} finds and locks them. The limit, the number of sids, leaves none out: the planner
 * takes it for one that leaves out nine tenths, and so joins the few rows it expects to the table by the primary key. By its other estimate
 * it would scan a young table, with all its dead versions, for as long as the plan is kept.
 */
function destroyTexts(table: SessionTable): Pick<StatementTexts, 'destroyOne' | 'destroyMany'> {
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

/** The name of a session id that was asked for; no column of {@link SessionTable} may be called so. */
const asked = '"knex_session_sid"'

/**
 * The setting is made in a query of its own that the statement reads: it is volatile, so every version runs it and none merges it into
 * the rest (docs 18, section 7.8.3); `as materialized` would say the same but is unknown before PostgreSQL 12.
 */
const relaxed = "with relaxed as (select set_config('synchronous_commit', 'off', true)) "

/** A point in time for a column that may have no time zone, and holds UTC then. */
function inColumn(column: Column, instant: string): string {
  return column.codec === undefined ? instant : `${instant} at time zone 'UTC'`
}

/** A session id that was asked for, to be compared byte for byte. */
function askedText({ sidType }: FoundTable): string {
  return sidType === undefined ? `v.${asked}` : `v.${asked}::text`
}

/** The type of an array of session ids. */
function sidArray({ sidType }: FoundTable): string {
  return `${sidType ?? 'text'}[]`
}

/** The expression that reads a column. */
function selected(column: Column): string {
  const name = quoteIdentifier(column.name)
  if (column.type === 'sid') return name
  return (column.type === 'json' ? json : timestamp).select(name)
}

/** One column of all rows as an array, made of one binding. */
function columnArray(table: SessionTable, column: Column): string {
  switch (column.type) {
    case 'sid':
      return `?::${sidArray(table)}`
    case 'json':
      return `string_to_array(?, chr(${String(jsonSeparator.charCodeAt(0))}))`
    case 'timestamp':
      return '?::float8[]'
  }
}

/** The binding for {@link columnArray}. */
function columnBinding(table: SessionTable, column: Column, rows: readonly SessionRow[]): unknown {
  const cells = rows.map((row) => cellOf(table, column, row))
  return column.type === 'json' ? cells.join(jsonSeparator) : cells
}

/** The value for a column, from the row `v` of the arrays. */
function columnValue(column: Column): string {
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

function named(sql: string): StatementText {
  return { sql, name: statementName(sql) }
}
