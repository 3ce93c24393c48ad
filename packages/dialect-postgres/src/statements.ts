import {
  encodeColumn,
  expiryCodec,
  parameterOf,
  selectColumn,
  statementName,
  writtenBy,
  type Column,
  type DialectQueries,
  type EpochMs,
  type SessionRow,
  type SessionTable,
  type Statement,
  type StatementLimits,
  type WriteOptions,
} from '@knex-session/core/dialect'
import { json, jsonSeparator, timestamp } from './codecs.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'
import type { FoundTable } from './inspect.js'

/**
 * Arrays take any number of rows; what limits them is the memory for the payloads of one statement.
 */
export const limits: Pick<StatementLimits, 'rows' | 'sids'> = { rows: 256, sids: 1000 }

/**
 * Every row in one statement of constant text, whatever their number: one prepared statement serves
 * all batches. Payloads are joined into one text that the server splits, which takes the driver a
 * third of the time that an array of them does. A row by itself is written without arrays, which
 * take the server longer than the rest of the statement.
 *
 * Where the primary key takes a new sid for that of another session (`abc` for `ABC` in a column of
 * type `citext`), the row would replace that session's. For such a row the expiry becomes a
 * logarithm of a negative number, which fails (docs 18, appendix A, 2201E). The number depends on
 * the row, so that no planner computes it ahead of time.
 */
export function upsert(
  table: SessionTable,
  rows: readonly SessionRow[],
  options?: WriteOptions,
): Statement {
  return upsertStatement(table, upsertTexts(table), rows, options)
}

/** As an upsert, but a live row is another session's as well: the one that is there has the id. */
export const insert: NonNullable<DialectQueries['insert']> = {
  statement: (table, rows, now, options) =>
    upsertStatement(table, insertTexts(table), rows, options, [timestamp.encode(now)]),
  answer: () => undefined,
}

const upsertTexts = textsFor((table) => textsOfUpsert(table, 'write', isAnother(table)))
const insertTexts = textsFor((table) =>
  textsOfUpsert(
    table,
    'insert',
    `${isAnother(table)} or t.${quoteIdentifier(table.column.expired.name)} > ${expiryCodec({ timestamp }, table).parameter}`,
  ),
)

function upsertStatement(
  table: SessionTable,
  { one, many }: UpsertTexts,
  rows: readonly SessionRow[],
  options: WriteOptions | undefined,
  last?: readonly unknown[],
): Statement {
  const [row] = rows
  const columns = inOrder(table)
  if (row && rows.length === 1) {
    const cells = columns.map((column) => cellOf(table, column, row))
    return write(one, cells, options, last)
  }
  const arrays = columns.map((column) => columnBinding(table, column, rows))
  return write(many, arrays, options, last)
}

/** The binding for a column of one row. */
export function cellOf(
  table: SessionTable,
  column: Column,
  row: Partial<SessionRow> & Pick<SessionRow, 'sid'>,
): unknown {
  return column.type === 'sid'
    ? sidsFor(table, [row.sid])[0]
    : encodeColumn({ json, timestamp }, column, row)
}

/**
 * The columns as upserts bind them. Contents come third, where no statement that is about one
 * session has a session id: the server names the place of a parameter that the encoding of the
 * database cannot hold, and nothing else of it (`classify` in errors.ts).
 */
export function inOrder({ columns, column }: SessionTable): readonly Column[] {
  const { sid, sess, expired } = column
  return [
    sid,
    expired,
    sess,
    ...columns.filter((each) => each !== sid && each !== sess && each !== expired),
  ]
}

type UpsertTexts = Readonly<Record<'one' | 'many', WriteTexts>>

/** `isTaken`: whether the row `t` that is there must not be replaced. */
function textsOfUpsert(
  table: SessionTable,
  kind: 'insert' | 'write',
  isTaken: string,
): UpsertTexts {
  const columns = inOrder(table)
  const names = columns.map((column) => quoteIdentifier(column.name))
  const parameters = columns.map((column) => parameterOf({ json, timestamp }, column))
  const values = columns.map((column) => columnValue(column))
  const arrays = columns.map((column) => columnArray(table, column))
  const sid = quoteIdentifier(table.column.sid.name)
  const replaced = writtenBy(kind, table).map((column) => replacement(table, column, isTaken))
  const text = (rows: string): StatementText =>
    named(
      `insert into ${quotedTable(table)} as t (${names.join(', ')}) ${rows} on conflict (${sid}) do update set ${replaced.join(', ')}`,
    )
  const many = `select ${values.join(', ')} from unnest(${arrays.join(', ')}) as v(${names.join(', ')})`
  return {
    one: {
      waits: text(`values (${parameters.join(', ')})`),
      limited: text(`select ${parameters.join(', ')} where ${limit}`),
    },
    many: { waits: text(many), limited: text(`${many} where ${limit}`) },
  }
}

function isAnother({ column }: SessionTable): string {
  const sid = quoteIdentifier(column.sid.name)
  return `${exactSid.column(`t.${sid}`)} <> ${exactSid.column(`excluded.${sid}`)}`
}

function replacement(table: SessionTable, column: Column, isTaken: string): string {
  const name = quoteIdentifier(column.name)
  if (column !== table.column.expired) return `${name} = excluded.${name}`
  const failure = inColumn(
    column,
    `to_timestamp(ln(-length(t.${quoteIdentifier(table.column.sid.name)}::text)::float8))`,
  )
  return `${name} = case when ${isTaken} then ${failure} else excluded.${name} end`
}

/** One column of all rows as an array, made of one binding. */
export function columnArray(table: SessionTable, column: Column): string {
  switch (column.type) {
    case 'sid':
      return `?::${sidArray(table)}`
    case 'user':
      return '?::text[]'
    case 'json':
      return `string_to_array(?, chr(${String(jsonSeparator.charCodeAt(0))}))`
    case 'timestamp':
      return '?::float8[]'
  }
}

/** The binding for {@link columnArray}. */
export function columnBinding(
  table: SessionTable,
  column: Column,
  rows: readonly (Partial<SessionRow> & Pick<SessionRow, 'sid'>)[],
): unknown {
  const cells = rows.map((row) => cellOf(table, column, row))
  return column.type === 'json' ? cells.join(jsonSeparator) : cells
}

/**
 * Reads one session by plain equality, which takes the server half the time that an array of one
 * does.
 */
function readStatement(table: SessionTable, sids: readonly string[], now: EpochMs): Statement {
  const { readOne, readMany } = readsOf(table)
  const at = timestamp.encode(now)
  const ids = sidsFor(table, sids)
  return ids.length === 1
    ? { ...readOne, bindings: [ids[0], at] }
    : { ...readMany, bindings: [ids, at] }
}

/** Reads unexpired sessions; the rows are in node-postgres' result. */
export const read: NonNullable<DialectQueries['read']> = {
  statement: readStatement,
  answer: (result) =>
    (result as { readonly rows: readonly Readonly<Record<string, unknown>>[] }).rows,
}

const readsOf = textsFor(readTexts)

/**
 * Many rows are looked up one by one, each by its primary key, whatever the planner makes of the
 * table's statistics: `limit` keeps it from turning the look-ups into a join. With `sid = any(…)`
 * it takes a small table for one to be scanned, or walks the index on the expiry, and then reads
 * the dead versions of every session that was written since the last vacuum: fifty times slower on
 * a busy table.
 */
function readTexts(table: SessionTable): Readonly<Record<'readOne' | 'readMany', StatementText>> {
  const columns = table.columns.map(
    (column) =>
      `${selectColumn({ json, timestamp, quoteIdentifier }, column)} as ${quoteIdentifier(column.field)}`,
  )
  const sid = quoteIdentifier(table.column.sid.name)
  const live = `${quoteIdentifier(table.column.expired.name)} > ${expiryCodec({ timestamp }, table).parameter}`
  const one = (value: string): string =>
    `select ${columns.join(', ')} from ${quotedTable(table)} where ${sid} = ${value} and ${live}`
  return {
    readOne: named(one('?')),
    readMany: named(
      `select t.* from unnest(?::${sidArray(table)}) as v(${asked}) cross join lateral (${one(`v.${asked}`)} limit 1) as t`,
    ),
  }
}

/** The text of a statement and the name by which it is prepared. */
export interface StatementText {
  readonly sql: string
  readonly name: string
}

/** The text of a write, and of one that has a time limit for locks, its last parameter. */
export interface WriteTexts {
  readonly waits: StatementText
  readonly limited: StatementText
}

/**
 * A condition that always holds, and sets how long the statement waits for each lock, until the end
 * of its transaction, which is this one statement. It names no row, so that every version makes it
 * a filter that comes before any row is looked for (`One-Time Filter` in `explain`), and so before
 * each lock.
 */
const limit = `(select set_config('lock_timeout', ?, true)) is not null`

/** The texts of a write that ends with its conditions, but for `end`. */
export function writeTexts(text: string, end = ''): WriteTexts {
  return { waits: named(text + end), limited: named(`${text} and ${limit}${end}`) }
}

/**
 * A write; `last` are the bindings after the conditions. `lock_timeout` takes whole ms, and 0 for
 * none.
 */
export function write(
  { waits, limited }: WriteTexts,
  bindings: readonly unknown[],
  { lockTimeout }: WriteOptions = {},
  last: readonly unknown[] = [],
): Statement {
  if (lockTimeout === undefined) return { ...waits, bindings: [...bindings, ...last] }
  return { ...limited, bindings: [...bindings, String(Math.ceil(lockTimeout)), ...last] }
}

/** Composes texts once for a table. */
export function textsFor<Texts>(
  compose: (table: SessionTable) => Texts,
): (table: SessionTable) => Texts {
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
 * The ids as they are compared with the column. A `uuid` takes other spellings of one for equal,
 * and gives back this one: any other id becomes one that the server refuses.
 */
export function sidsFor({ sidType }: FoundTable, sids: readonly string[]): readonly string[] {
  return sidType === undefined ? sids : sids.map((sid) => (uuid.test(sid) ? sid : 'no uuid'))
}

/** A point in time for a column that may have no time zone, and holds UTC then. */
export function inColumn(column: Column, instant: string): string {
  return column.codec === undefined ? instant : `${instant} at time zone 'UTC'`
}

/** The type of an array of session ids. */
export function sidArray({ sidType }: FoundTable): string {
  return `${sidType ?? 'text'}[]`
}

/**
 * The name of a session id that was asked for; no column of {@link SessionTable} may be called so.
 */
export const asked = '"knex_session_sid"'

/** The value for a column, from the row `v` of the arrays. */
export function columnValue(column: Column): string {
  const cell = `v.${quoteIdentifier(column.name)}`
  switch (column.type) {
    case 'sid':
    case 'user':
      return cell
    case 'json':
      return `${cell}::json`
    case 'timestamp':
      return inColumn(column, `to_timestamp(${cell} / 1000)`)
  }
}
