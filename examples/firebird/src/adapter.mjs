import {
  defineDialect,
  encodeColumn,
  indexedColumns,
  indexName,
  parameterOf,
  qualifiedName,
  quoteBetween,
  toEpochMs,
  writtenBy,
} from '@knex-session/core/dialect'

/** Bytes of UTF-8: what Firebird 3 takes. Firebird 4 and newer take 63 characters. */
const longestName = 31

/** @param {string} name */
const quoteIdentifier = (name) => {
  // Names are kept in UNICODE_FSS: at most three bytes a character.
  if (
    name === '' ||
    /\0| $|[\u{10000}-\u{10ffff}]/u.test(name) ||
    Buffer.byteLength(name) > longestName
  ) {
    throw new TypeError(
      `a name has 1 to ${longestName} bytes, no NUL character, none above U+FFFF, and no blank at its end; choose another`,
    )
  }
  return quoteBetween('"', '"', name)
}

const text = (/** @type {number} */ length) => `varchar(${length}) character set utf8`

/**
 * The types of columns. `=` ignores blanks at the end, in keys too: the table refuses an id that
 * ends in one.
 * @type {Record<import('@knex-session/core/dialect').ColumnType, string>}
 */
const types = {
  sid: text(255),
  json: 'blob sub_type text character set utf8',
  timestamp: 'timestamp',
  user: text(255),
  version: text(32),
}

/** What a timestamp holds, in ms since 1970: the years 1 to 9999. */
const [earliest, latest] = [-62_135_596_800_000, 253_402_300_799_999]

/**
 * Codes of the client's errors: Firebird's own (src/include/gen/codetext.h of Firebird), and the names by
 * which the client distinguishes those of one code.
 * @type {ReadonlyMap<unknown, import('@knex-session/core/dialect').ErrorKind>}
 */
const kinds = new Map(
  /** @type {[unknown, import('@knex-session/core/dialect').ErrorKind][]} */ ([
    [335544336, 'retryable'], // deadlock, and an update that conflicts with one just committed
    [335544345, 'retryable'], // lock_conflict
    [335544510, 'retryable'], // lock_timeout
    [335544453, 'retryable'], // obj_in_use
    [335544665, 'duplicate'], // unique_key_violation
    [335544349, 'duplicate'], // no_dup
    [335544558, 'sid-impossible'], // check_constraint: the table has one, that of the session id
    ['string_truncation', 'sid-impossible'],
    ['dsql_relation_err', 'missing-table'],
    [335544395, 'retryable'], // relnotdef: another transaction is dropping the table
    ['dsql_token_unk_err', 'unsupported'],
    ['dyn_dup_table', 'already-exists'],
    [335544352, 'access-denied'], // no_priv
    [335544472, 'login-refused'], // login
    ['deadlock', 'retryable'],
    ['rec_gone', 'retryable'], // the row was written or deleted between two steps of the server
    ['net_read_err', 'connection'],
    [335544721, 'connection'], // network_error
    [335544726, 'connection'], // net_read_err
    [335544727, 'connection'], // net_write_err
    [335544741, 'connection'], // lost_db_connection
    [335544856, 'connection'], // att_shutdown
    ['ECONNREFUSED', 'connection'],
    ['ECONNRESET', 'connection'],
    ['EPIPE', 'connection'],
    ['ETIMEDOUT', 'connection'],
  ]),
)

/**
 * The adapter for Firebird: the required members, and ids that end in blanks.
 * @type {import('@knex-session/core/dialect').DialectAdapter}
 */
export const adapter = defineDialect({
  name: 'firebird',
  clients: ['firebird'],
  quoteIdentifier,
  // A row of the batch has an id of up to 1,020 bytes, and a statement 64 KiB of parameters.
  limits: { rows: 25, sids: 60 },

  createTable(table, { salt }) {
    const name = qualifiedName(adapter, table)
    const sid = table.column.sid
    const columns = table.columns.map((column) => {
      const quoted = quoteIdentifier(column.name)
      const constraint = column === sid ? ` primary key check (${quoted} not like '% ')` : ''
      return `${quoted} ${types[column.type]}${column.nullable ? '' : ' not null'}${constraint}`
    })
    const indexes = indexedColumns(table).map((column) => {
      const index = quoteIdentifier(indexName(table, column, longestName, salt))
      return `create index ${index} on ${name} (${quoteIdentifier(column.name)})`
    })
    return [`create table ${name} (${columns.join(', ')})`, ...indexes].map((sql) => ({
      sql,
      bindings: [],
    }))
  },

  upsert(table, rows) {
    const names = table.columns.map((column) => quoteIdentifier(column.name))
    const sid = quoteIdentifier(table.column.sid.name)
    const cells = table.columns
      .map(
        (column, index) =>
          `cast(${parameterOf(adapter, column)} as ${types[column.type]}) as ${names[index]}`,
      )
      .join(', ')
    const source = rows.map(() => `select ${cells} from rdb$database`).join(' union all ')
    const replaced = writtenBy('write', table)
      .map((column) => quoteIdentifier(column.name))
      .map((name) => `${name} = s.${name}`)
    return {
      sql:
        `merge into ${qualifiedName(adapter, table)} t using (${source}) s on t.${sid} = s.${sid} ` +
        `and char_length(t.${sid}) = char_length(s.${sid}) ` +
        `when matched then update set ${replaced.join(', ')} ` +
        `when not matched then insert (${names.join(', ')}) values (${names.map((name) => `s.${name}`).join(', ')})`,
      bindings: rows.flatMap((row) =>
        table.columns.map((column) => encodeColumn(adapter, column, row)),
      ),
    }
  },

  json: {
    encode: (session) => session,
    decode(cell) {
      if (typeof cell !== 'string') throw new TypeError('expected a session as text')
      return cell
    },
  },

  // As text both ways: the driver sends times in the zone of the process.
  timestamp: {
    parameter: 'cast(cast(? as varchar(24)) as timestamp)',
    select: (column) => `cast(${column} as varchar(24))`,
    encode: (at) =>
      new Date(Math.min(Math.max(at, earliest), latest))
        .toISOString()
        .replace('T', ' ')
        .replace('Z', ''),
    decode(cell) {
      if (typeof cell !== 'string') throw new TypeError('expected an expiry as text')
      const at = Date.parse(`${cell.slice(0, 23).replace(' ', 'T')}Z`)
      if (Number.isNaN(at)) throw new TypeError('expected an expiry as text')
      return toEpochMs(at)
    },
  },

  exactSid: {
    column: (quoted) => `${quoted} || '.'`,
    parameter: `cast(? as ${text(255)}) || '.'`,
  },

  classify(error) {
    if (typeof error !== 'object' || error === null) return 'other'
    return kinds.get(/** @type {{ code?: unknown }} */ (error).code) ?? 'other'
  },
})
