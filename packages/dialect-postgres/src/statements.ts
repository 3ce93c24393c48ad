import {
  expiryCodec,
  parameterOf,
  selectColumn,
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
import { json, timestamp } from './codecs.js'
import { exactSid, quotedTable, quoteIdentifier } from './identifiers.js'
import {
  asked,
  cellOf,
  columnArray,
  columnBinding,
  columnValue,
  inColumn,
  inOrder,
  limit,
  named,
  sidArray,
  sidsFor,
  textsFor,
  write,
  type StatementText,
  type WriteTexts,
} from './texts.js'

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
    `ln(-length(t.${quoteIdentifier(table.column.sid.name)}::text)::float8)`,
  )
  return `${name} = case when ${isTaken} then ${failure} else excluded.${name} end`
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
