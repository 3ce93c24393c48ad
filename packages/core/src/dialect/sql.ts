import { createHash } from 'node:crypto'
import type { DialectAdapter } from './adapter.js'
import type { Column, SessionTable } from './table.js'
import type { CompleteCodec, EpochMs, ServerInfo, SessionRow } from './values/values.js'

/** Quotes an identifier between `open` and `close`, doubling every `close` inside it. */
export function quoteBetween(open: string, close: string, name: string): string {
  return open + name.replaceAll(close, close + close) + close
}

/** The quoted name of the table, with its schema where it has one. */
export function qualifiedName(
  adapter: Pick<DialectAdapter, 'quoteIdentifier'>,
  table: SessionTable,
): string {
  const name = adapter.quoteIdentifier(table.tableName)
  return table.schemaName === undefined
    ? name
    : `${adapter.quoteIdentifier(table.schemaName)}.${name}`
}

/** The unquoted name of the index on the expiry, as {@link indexName} makes it. */
export function expiryIndexName(
  table: SessionTable,
  maxBytes: number,
  salt?: ServerInfo[string],
): string {
  return indexName(table, table.column.expired, maxBytes, salt)
}

/**
 * The unquoted name of the index on a column, as knex gives it with `table.index('expired')`:
 * tables made by connect-session-knex and here look alike. A name longer than `maxBytes` of UTF-8
 * is cut, and ends in a short hash.
 *
 * Two tables may get the same name for an index: `web-sessions` and `web_sessions`, or one that was
 * renamed and kept its index. If the names of indexes must differ within a schema, pass the `salt`
 * that `createTable` gets with the server: the name then ends with it.
 */
export function indexName(
  table: SessionTable,
  column: Column,
  maxBytes: number,
  salt?: ServerInfo[string],
): string {
  const name = `${table.tableName}_${column.name}_index`.replace(/\.|-/g, '_').toLowerCase()
  const end =
    salt !== undefined
      ? `_${String(salt)}`
      : Buffer.byteLength(name) > maxBytes
        ? `_${shortHash(name)}`
        : ''
  let start = Array.from(name)
  while (Buffer.byteLength(start.join('')) + Buffer.byteLength(end) > maxBytes)
    start = start.slice(0, -1)
  return start.join('') + end
}

/** `count` copies of `item`, separated by commas: placeholders, or rows of a statement. */
export function repeat(item: string, count: number): string {
  return Array<string>(count).fill(item).join(', ')
}

/**
 * How many places to write for `count` values: a power of two, or one and a half of it (1, 2, 3, 4,
 * 6, 8, 12, …), at most `max`. A few different texts keep the caches of prepared statements and
 * query plans small. The spare places, a third at most, get copies of the last value.
 */
export function paddedCount(count: number, max: number): number {
  let size = 1
  while (size < count) size *= 2
  const between = size * 0.75
  return Math.min(Number.isInteger(between) && between >= count ? between : size, max)
}

/** Calls `compose` once for each table and number of rows, and keeps the text. */
export function textBySize(
  compose: (table: SessionTable, size: number) => string,
): (table: SessionTable, size: number) => string {
  const texts = new WeakMap<SessionTable, Map<number, string>>()
  return (table, size) => {
    const ofTable = texts.get(table) ?? new Map<number, string>()
    texts.set(table, ofTable)
    const text = ofTable.get(size) ?? compose(table, size)
    ofTable.set(size, text)
    return text
  }
}

/**
 * The name of a prepared statement, made from its text: 29 characters. Equal names mean equal
 * statements, also between stores that share a connection.
 */
export function statementName(sql: string): string {
  return `knex_session_${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`
}

/** The values, with the last one repeated up to `size` of them. */
export function padWithLast<Value>(values: readonly Value[], size: number): readonly Value[] {
  const last = values.at(-1)
  if (last === undefined || values.length >= size) return values
  return [...values, ...Array<Value>(size - values.length).fill(last)]
}

/**
 * One value for each row, with that of the shortest session repeated up to `size` of them. The last
 * one may be the longest, and many copies of it may be more than a server takes.
 */
export function padWithShortest<Value>(
  values: readonly Value[],
  size: number,
  rows: readonly SessionRow[],
): readonly Value[] {
  let shortest = rows.length - 1
  if (shortest < 0 || values.length >= size) return values
  rows.forEach(({ sess }, place) => {
    if (sess.length < (rows[shortest] as SessionRow).sess.length) shortest = place
  })
  return [...values, ...Array<Value>(size - values.length).fill(values[shortest] as Value)]
}

/** The codec for expiries in this table: that of the column if it has one, else the adapter's. */
export function expiryCodec(
  adapter: Pick<DialectAdapter, 'timestamp'>,
  table: SessionTable,
): CompleteCodec<EpochMs> {
  return table.column.expired.codec ?? adapter.timestamp
}

/** The binding for one column of a row; `null` if the row has no value for it. */
export function encodeColumn(
  adapter: Pick<DialectAdapter, 'json' | 'timestamp'>,
  column: Column,
  row: Partial<SessionRow>,
): unknown {
  const value = row[column.field]
  if (value === undefined || value === null) return null
  switch (column.type) {
    case 'sid':
    case 'user':
    case 'version':
      return value
    case 'json':
      return adapter.json.encode(value as string)
    case 'timestamp':
      return (column.codec ?? adapter.timestamp).encode(value as EpochMs)
  }
}

/** The columns that a `touch`, a `write`, or an `insert` over an expired row changes. */
export function writtenBy(
  write: 'insert' | 'write' | 'touch',
  { columns }: Pick<SessionTable, 'columns'>,
): readonly Column[] {
  let known = written.get(columns)
  if (!known) {
    const onTouch = columns.filter((column) => column.written === 'onTouch')
    known = {
      insert: columns.filter(({ field }) => field !== 'sid'),
      write: columns.filter((column) => column.written === 'always' || onTouch.includes(column)),
      touch: onTouch,
    }
    written.set(columns, known)
  }
  return known[write]
}

/** Asked for each statement. */
const written = new WeakMap<
  readonly Column[],
  Readonly<Record<'insert' | 'write' | 'touch', readonly Column[]>>
>()

/**
 * A condition that is true if a column holds the version that the new one follows. `former` is the
 * placeholder for the pattern of {@link formerOf}. Null counts as sixteen zeros.
 */
export function follows(quoted: string, former: string = '?'): string {
  return `coalesce(${quoted}, '${'0'.repeat(16)}') like ${former}`
}

/** The pattern for `like` that matches the version that the row's version follows. */
export function formerOf({ version }: Pick<SessionRow, 'version'>): string {
  return `${version?.slice(16) ?? ''}%`
}

/** The columns that have an index of their own. */
export function indexedColumns({ columns }: Pick<SessionTable, 'columns'>): readonly Column[] {
  return columns.filter(({ indexed }) => indexed === true)
}

/** The expression that reads a column. */
export function selectColumn(
  adapter: Pick<DialectAdapter, 'json' | 'timestamp' | 'quoteIdentifier'>,
  column: Column,
): string {
  const quoted = adapter.quoteIdentifier(column.name)
  if (column.type !== 'json' && column.type !== 'timestamp') return quoted
  return (column.codec ?? adapter[column.type]).select(quoted)
}

/** The placeholder for one column. */
export function parameterOf(
  adapter: Pick<DialectAdapter, 'json' | 'timestamp' | 'exactSid'>,
  column: Column,
): string {
  if (column.type !== 'json' && column.type !== 'timestamp')
    return adapter.exactSid?.plainParameter ?? '?'
  return (column.codec ?? adapter[column.type]).parameter
}

/** Whether JSON text has an escaped lone surrogate, which strict types of JSON columns refuse. */
export function hasLoneSurrogate(json: string): boolean {
  return /\\ud[89a-f]/i.test(json)
}

/** How deeply objects and arrays are nested in valid JSON text: 1 for `{}`. */
export function nestingDepth(json: string): number {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let index = 0; index < json.length; index++) {
    const char = json.charCodeAt(index)
    if (quoted) {
      if (char === 0x5c) index++
      else if (char === 0x22) quoted = false
    } else if (char === 0x22) quoted = true
    else if (char === 0x7b || char === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (char === 0x7d || char === 0x5d) depth--
  }
  return deepest
}

/**
 * JSON text as one JSON string, which a column type takes even if it refuses the JSON itself (too
 * deep, lone surrogates). Every reader of the table, connect-session-knex included, parses a cell
 * that is a string once more.
 */
export function wrapJson(json: string): string {
  return JSON.stringify(json)
}

/** FNV-1a, 32 bits, as eight hexadecimal digits: names need to differ, not to be secure. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
