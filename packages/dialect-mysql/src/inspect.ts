import {
  unfitUser,
  withColumns,
  type Column,
  type DialectServer,
  type FoundUserColumn,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import { textOf } from './codecs.js'
import type { FoundTable } from './found-table.js'
import { quotedTable, quoteIdentifier } from './identifiers.js'
import { probes, type SessionColumn } from './json-text.js'
import { holdsEither, timeIn } from './times.js'
import {
  changedOnItsWay,
  cutShort,
  cutting,
  asText,
  neededColumn,
  noIds,
  noKey,
  noSessions,
  numbers,
  tooShort,
  tooShortForIds,
  view,
  wrongType,
} from './unusable-tables.js'

type Cells = Readonly<Record<string, unknown>>

/**
 * Asks for the columns and the indexes, which every user may see that may read the table (MySQL 8.4
 * manual, sections 15.7.7.6 and 15.7.7.24), whether it is a view, how the server reads numbers in
 * JSON, whether it is MariaDB, how long a value may be and whether one gets there as it is.
 */
export const inspect: NonNullable<DialectServer['inspect']> = {
  statements: (table) => [
    statement(`show columns from ${quotedTable(table)}`),
    statement(`show index from ${quotedTable(table)}`),
    statement(
      `select ${numbersBack} as numbers, @@sql_mode as mode, @@max_allowed_packet as longest, @@sql_select_limit < ${everyRow} as cut, 0 /*M!100102 + 1 */ as limits, ?\n as arrived`,
      [hostile],
    ),
    statement(
      'select table_type as kind from information_schema.tables where table_schema = coalesce(?, database()) and table_name = ?',
      [table.schemaName ?? null, table.tableName],
    ),
  ],
  answer([columns, indexes, server, kinds], table) {
    const [given] = rowsOf(server)
    if (given === undefined || cell(given, 'cut') === '1') return cutShort
    if (cell(given, 'arrived') !== hostile) return changedOnItsWay
    if (rowsOf(kinds).some((row) => cell(row, 'kind').endsWith('VIEW'))) return view(table)
    const sidType = typeOf(rowsOf(columns), table.column.sid, 'varchar')
    if (!/^(?:(?:var)?char\b|(?:tiny|medium|long)?text|uuid)/.test(sidType))
      return noIds(table, sidType)
    const short = tooShortForIds(table, longestIn(sidType))
    if (short !== undefined) return short
    const unfit = unfitUser(table, userColumn(rowsOf(columns), table), (name) =>
      asText(table, name),
    )
    if (unfit !== undefined) return unfit
    const times: Column[] = []
    for (const column of table.columns) {
      const type = typeOf(rowsOf(columns), column, 'datetime')
      const found = column.type === 'timestamp' ? timeIn(column, type) : column
      if (!found)
        return holdsEither(type) ? numbers(table, column, type) : wrongType(table, column, type)
      times.push(found)
    }
    const type = typeOf(rowsOf(columns), table.column.expired, 'datetime')
    // Without the mode the server cuts what is too long, and fills columns in.
    const isStrict = cell(given, 'mode').includes('STRICT')
    if (!isStrict && longestIn(type) < expiryLength)
      return wrongType(table, table.column.expired, type)
    const sessType = typeOf(rowsOf(columns), table.column.sess, 'json')
    if (!/^(?:json|(?:var)?(?:char|binary)|(?:tiny|medium|long)?(?:text|blob))/.test(sessType))
      return noSessions(table, sessType)
    if (longestIn(sessType) < shortestSession) return tooShort(table, sessType)
    // What is longer than this does not get to the server, with the statement around it.
    if (!isStrict && longestIn(sessType) < Number(cell(given, 'longest')) - 1)
      return cutting(table, sessType)
    const keys = keysOf(rowsOf(indexes), table.column.sid)
    if (keys.length === 0) {
      const hasPrimary = rowsOf(indexes).some((row) => cell(row, 'Key_name') === 'PRIMARY')
      return noKey(table, hasPrimary)
    }
    const needed = rowsOf(columns).find((row) => isNeeded(row, table))
    if (needed && isStrict)
      return neededColumn(table, {
        name: cell(needed, 'Field'),
        type: cell(needed, 'Type'),
        isInPrimary: cell(needed, 'Key') === 'PRI',
      })
    return {
      ...withColumns(table, times),
      key: keys.find(isUsable)?.hint,
      sessions: sessionColumn(rowsOf(columns), given, table),
      limitsLocks: cell(given, 'limits') === '1',
    } satisfies FoundTable
  },
}

/** Characters; a log-in by express-session by itself makes a session of more than a hundred. */
const shortestSession = 400

/** Characters of an expiry, as in `2026-01-31 12:00:00.000`. */
const expiryLength = 23

/**
 * How much text a column of a type holds, where it has a bound (MySQL 8.4 manual, section 13.7).
 */
function longestIn(type: string): number {
  const [, bound] = /^(?:var)?(?:char|binary)\((\d+)\)/.exec(type) ?? []
  if (type === 'uuid') return 36
  const [, size] = /^(tiny|medium|)(?:text|blob)/.exec(type) ?? []
  return Number(bound ?? { tiny: 255, '': 65_535, medium: 16_777_215 }[size ?? 'long'] ?? Infinity)
}

/**
 * A unique key that holds nothing but the session id, and all of it: by its first characters two
 * sessions may be the same.
 */
interface Key {
  readonly hint: string
  readonly row: Cells
}

function keysOf(indexes: readonly Cells[], sid: Column): readonly Key[] {
  const named = (name: string) => indexes.filter((row) => cell(row, 'Key_name') === name)
  return indexes
    .filter(
      (row) =>
        cell(row, 'Non_unique') === '0' &&
        isNamed(row, 'Column_name', sid) &&
        (row['Sub_part'] ?? null) === null,
    )
    .filter((row) => named(cell(row, 'Key_name')).length === 1)
    .map((row) => ({
      row,
      hint:
        cell(row, 'Key_name') === 'PRIMARY' ? 'primary' : quoteIdentifier(cell(row, 'Key_name')),
    }))
}

/**
 * Not those that are hidden from the optimizer, that only compare hashes, or whose name knex would
 * take for a placeholder.
 */
function isUsable({ row, hint }: Key): boolean {
  return (
    cell(row, 'Visible') !== 'NO' &&
    cell(row, 'Ignored') !== 'YES' &&
    cell(row, 'Index_type') !== 'HASH' &&
    !hint.includes('?')
  )
}

function typeOf(columns: readonly Cells[], { name }: Column, usual: string): string {
  const column = columns.find((row) => isNamed(row, 'Field', { name }))
  return column === undefined ? usual : cell(column, 'Type').toLowerCase()
}

function userColumn(
  columns: readonly Cells[],
  { column: { userId } }: SessionTable,
): FoundUserColumn | undefined {
  const found = userId && columns.find((row) => isNamed(row, 'Field', userId))
  if (!found) return undefined
  const type = cell(found, 'Type').toLowerCase()
  return {
    type,
    isText: /^(?:(?:var)?char\b|(?:tiny|medium|long)?text)/.test(type),
    longest: longestIn(type),
    isNullable: cell(found, 'Null') !== 'NO',
  }
}

/**
 * Whether a row needs a value that the store, which does not know the column, cannot write. The
 * default of an enum is its first value.
 */
function isNeeded(column: Cells, table: SessionTable): boolean {
  if (table.columns.some((known) => isNamed(column, 'Field', known))) return false
  const given =
    (column['Default'] ?? null) !== null || /auto_increment|generated/i.test(cell(column, 'Extra'))
  return cell(column, 'Null') === 'NO' && !given && !cell(column, 'Type').startsWith('enum(')
}

/** Numbers as the server writes them after it has read them; MariaDB gives back the text. */
const numbersBack = `cast(json_extract('${JSON.stringify(probes)}', '$') as char)`

/**
 * What those change who put values into a statement without due care. Where the quote ends the
 * value, the rest of the line is a comment, and the server answers.
 */
const hostile = ` \\ "?" :arrived $& %s ' -- `

/**
 * The least that `sql_select_limit` is by default, on a server of 32 bits (MySQL 8.4 manual,
 * section 7.1.8); less cuts what a read gives back.
 */
const everyRow = 4_294_967_295

function statement(sql: string, bindings: readonly unknown[] = []): Statement {
  return { sql, bindings }
}

function sessionColumn(
  columns: readonly Cells[],
  numbers: Cells,
  table: SessionTable,
): SessionColumn {
  if (typeOf(columns, table.column.sess, 'json') !== 'json') return 'text'
  return areProbes(numbers) ? 'exact json' : 'json'
}

function areProbes(row: Cells): boolean {
  try {
    return JSON.stringify(JSON.parse(cell(row, 'numbers'))) === JSON.stringify(probes)
  } catch {
    return false
  }
}

/** Names of columns are the same in any case (MySQL 8.4 manual, section 11.2.3). */
function isNamed(row: Cells, field: string, { name }: Pick<Column, 'name'>): boolean {
  return cell(row, field).toLowerCase() === name.toLowerCase()
}

function cell(row: Cells, field: string): string {
  const value = row[field]
  return textOf(value) ?? String(value)
}

function rowsOf(result: unknown): readonly Cells[] {
  return (result as readonly [readonly Cells[]])[0]
}
