import {
  defineDialect,
  encodeColumn,
  indexedColumns,
  parameterOf,
  qualifiedName,
  quoteBetween,
  repeat,
  toEpochMs,
  writtenBy,
} from '@knex-session/core/dialect'

/** Bytes of UTF-8. PostgreSQL cuts longer names, so that two tables could become one. */
const longestName = 63

/** @param {string} name */
const quoteIdentifier = (name) => {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > longestName) {
    throw new TypeError(`a name has 1 to ${longestName} bytes and no NUL character; choose another`)
  }
  return quoteBetween('"', '"', name)
}

/**
 * The types of connect-session-knex. PGlite 0.5 reads a text without a byte order mark at its
 * start, so that such an id would come back as another one: the table refuses it.
 * @type {Record<import('@knex-session/core/dialect').ColumnType, (name: string) => string>}
 */
const columns = {
  sid: (name) => `${name} varchar(255) primary key check (left(${name}, 1) <> U&'\\FEFF')`,
  json: (name) => `${name} json`,
  timestamp: (name) => `${name} timestamptz`,
  user: (name) => `${name} varchar(255)`,
  version: (name) => `${name} varchar(32)`,
}

/**
 * In ms since 1970: 4713 BC, where a timestamptz begins, and the last ms of a JavaScript Date,
 * which it reaches beyond.
 */
const [earliest, latest] = [-210_866_803_200_000, 8.64e15]

/**
 * SQLSTATEs. PGlite has one session, so that nothing can deadlock, and no network.
 * @type {ReadonlyMap<unknown, import('@knex-session/core/dialect').ErrorKind>}
 */
const kinds = new Map(
  /** @type {const} */ ([
    ['23514', 'sid-impossible'], // check_violation: the table has one check, that of the session id
    ['23505', 'duplicate'], // unique_violation
    ['42P01', 'missing-table'], // undefined_table
    ['42P07', 'already-exists'], // duplicate_table, an index too
    ['42601', 'unsupported'], // syntax_error
  ]),
)

/**
 * The adapter for PGlite: the required members, and one more, because a look for a table that is
 * missing would end a transaction of the application's. knex's query builder does the rest.
 * @type {import('@knex-session/core/dialect').DialectAdapter}
 */
export const adapter = defineDialect({
  name: 'pglite',
  clients: ['pglite'],
  quoteIdentifier,

  createTable(table) {
    const name = qualifiedName(adapter, table)
    const definitions = table.columns.map(
      (column) =>
        columns[column.type](quoteIdentifier(column.name)) + (column.nullable ? '' : ' not null'),
    )
    const indexes = indexedColumns(table).map(
      (column) => `create index on ${name} (${quoteIdentifier(column.name)})`,
    )
    return [`create table ${name} (${definitions.join(', ')})`, ...indexes].map((sql) => ({
      sql,
      bindings: [],
    }))
  },

  upsert(table, rows) {
    const names = table.columns.map((column) => quoteIdentifier(column.name))
    const row = `(${table.columns.map((column) => parameterOf(adapter, column)).join(', ')})`
    const sid = quoteIdentifier(table.column.sid.name)
    const replaced = writtenBy('write', table)
      .map((column) => quoteIdentifier(column.name))
      .map((name) => `${name} = excluded.${name}`)
    return {
      sql:
        `insert into ${qualifiedName(adapter, table)} (${names.join(', ')}) values ${repeat(row, rows.length)} ` +
        `on conflict (${sid}) do update set ${replaced.join(', ')}`,
      bindings: rows.flatMap((values) =>
        table.columns.map((column) => encodeColumn(adapter, column, values)),
      ),
    }
  },

  // As text both ways, whatever parsers the application gave to PGlite.
  json: {
    parameter: '?::json',
    select: (column) => `${column}::text`,
    encode: (text) => text,
    decode(cell) {
      if (typeof cell !== 'string') throw new TypeError('expected a session as text')
      return cell
    },
  },

  // As milliseconds since 1970, so that no time zone has a say.
  timestamp: {
    parameter: 'to_timestamp(?::float8 / 1000)',
    select: (column) => `date_part('epoch', ${column}) * 1000`,
    encode: (at) => Math.min(Math.max(at, earliest), latest),
    decode(cell) {
      if (typeof cell !== 'number' || !Number.isFinite(cell))
        throw new TypeError('expected an expiry in ms since 1970')
      return toEpochMs(Math.round(cell))
    },
  },

  classify(error) {
    if (typeof error !== 'object' || error === null) return 'other'
    return kinds.get(/** @type {{ code?: unknown }} */ (error).code) ?? 'other'
  },

  server: {
    tableExists: {
      statement: (table) => ({
        sql: 'select to_regclass(?) is not null as found',
        bindings: [qualifiedName(adapter, table)],
      }),
      answer: (result) =>
        /** @type {{ rows: { found: boolean }[] }} */ (result).rows[0]?.found === true,
    },
  },
})
