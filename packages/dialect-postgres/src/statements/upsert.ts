import { encodeColumn, parameterOf, type Column, type SessionRow, type SessionTable, type Statement } from '@knex-session/core/dialect'
import { json, jsonSeparator, timestamp } from '../codecs.js'
import { exactSid, quotedTable, quoteIdentifier } from '../identifiers.js'
import { columnValue, inColumn, named, sidArray, sidsFor, textsFor, type StatementText } from './parts.js'

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

const textsOf = textsFor(upsertTexts)

function cellOf(table: SessionTable, column: Column, row: SessionRow): unknown {
  return column.type === 'sid' ? sidsFor(table, [row.sid])[0] : encodeColumn({ json, timestamp }, column, row)
}

/**
 * The columns as upserts bind them. Contents come third, where no statement that is about one session has a session id: the server names
 * the place of a parameter that the encoding of the database cannot hold, and nothing else of it (`classify` in errors.ts).
 */
function inOrder({ column }: SessionTable): readonly Column[] {
  return [column.sid, column.expired, column.sess]
}

function upsertTexts(table: SessionTable): Readonly<Record<'upsertOne' | 'upsertMany', StatementText>> {
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
