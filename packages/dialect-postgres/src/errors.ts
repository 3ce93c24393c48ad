import type { ErrorKind, SessionTable } from '@knex-session/core/dialect'

/** SQLSTATEs (docs 18, appendix A) and the codes of Node's sockets. */
const kinds: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ['40001', 'retryable'], // serialization_failure
  ['40P01', 'retryable'], // deadlock_detected
  ['55P03', 'locked'], // lock_not_available
  ['42P07', 'already-exists'], // duplicate_table, an index too
  ['42710', 'already-exists'], // duplicate_object
  ['42P01', 'missing-table'], // undefined_table
  ['2201E', 'sid-taken'], // invalid_argument_for_logarithm: what `upsert` has happen to a row that would replace another session's
  ['26000', 'prepared-statement'], // invalid_sql_statement_name: a pooler lent another server connection
  ['42P05', 'prepared-statement'], // duplicate_prepared_statement: likewise
  ['42601', 'unsupported'], // syntax_error
  ['42883', 'unsupported'], // undefined_function, an operator too
  ['42704', 'unsupported'], // undefined_object: a type, a collation or a setting that an older server lacks
  ['25006', 'connection'], // read_only_sql_transaction: a standby, or a primary that was demoted
  ['25P03', 'connection'], // idle_in_transaction_session_timeout
  ['53300', 'connection'], // too_many_connections
  ['57P01', 'connection'], // admin_shutdown
  ['57P02', 'connection'], // crash_shutdown
  ['57P03', 'connection'], // cannot_connect_now: starting up
  ['57P05', 'connection'], // idle_session_timeout
  ['ECONNREFUSED', 'connection'],
  ['ECONNRESET', 'connection'],
  ['ECONNABORTED', 'connection'],
  ['EPIPE', 'connection'],
  ['ETIMEDOUT', 'connection'],
  ['ENOTFOUND', 'connection'],
  ['EAI_AGAIN', 'connection'],
  ['EHOSTUNREACH', 'connection'],
  ['EHOSTDOWN', 'connection'],
  ['ENETUNREACH', 'connection'],
  ['ENETDOWN', 'connection'],
  ['ENOENT', 'connection'], // the server's Unix socket is not there yet
])

/**
 * What node-postgres 8 says of a dead connection, and of a server that answers the wish for TLS by
 * an error of its own, as one that can start no process does (lib/client.js, lib/connection.js):
 * plain errors that carry no code, the one place where a message decides. knex writes the statement
 * before the message, so only its end counts, which no value of a session can reach.
 */
const lostConnection =
  /(?:Connection terminated(?: unexpectedly)?|is not queryable|timeout expired|There was an error establishing an SSL connection)$/

interface DatabaseError {
  readonly code?: unknown
  readonly schema?: unknown
  /**
   * The columns of a violated key, as SQL writes them, and the values. Left out for those who may
   * not read them.
   */
  readonly detail?: unknown
  readonly routine?: unknown
  /** What the server was doing, in its own language. */
  readonly where?: unknown
  readonly message?: unknown
}

/** Says what an error of `pg`, `pg-native` or a socket means. */
export function classify(error: unknown, table?: SessionTable): ErrorKind {
  if (typeof error !== 'object' || error === null) return 'other'
  const { code, schema, detail, routine, where, message } = error as DatabaseError
  if (typeof code !== 'string')
    return typeof message === 'string' && lostConnection.test(message) ? 'connection' : 'other'
  switch (code) {
    case '23505': // unique_violation: two `create table if not exists` at once collide in the catalog
      if (schema === 'pg_catalog') return 'already-exists'
      return table && typeof detail === 'string' && !isKeyOfSid(detail, table)
        ? 'sid-taken'
        : 'duplicate'
    case '0A000': // feature_not_supported: "cached plan must not change result type", after the table was altered
      return routine === 'RevalidateCachedQuery' ? 'prepared-statement' : 'unsupported'
    case '08P01': // protocol_violation: parameters for another statement of that name; poolers use the code for a lost server
      return routine === 'exec_bind_message' ? 'prepared-statement' : 'connection'
    case '22P02': // invalid_text_representation: an id that is no uuid, for a column of that type
      return routine === 'string_to_uuid' ? 'sid-impossible' : 'other'
    case '22001': // string_data_right_truncation: what is too long for a column
      return isLengthOfSid(message, table) ? 'sid-impossible' : 'other'
    case '42501': // insufficient_privilege, a policy too
      return routine === 'ExecWithCheckOptions' ? 'policy' : 'access-denied'
    case '22P05': // untranslatable_character: one that the encoding of the database lacks
      return routine === 'report_untranslatable_char' && isPlaceOfSid(where)
        ? 'sid-impossible'
        : 'other'
    default:
      return kinds.get(code) ?? (code.startsWith('08') ? 'connection' : 'other')
  }
}

/**
 * Whether a unique key that is violated is the one of the session id:
 * `Key (sid)=(…) already exists`, in the language of the server.
 */
function isKeyOfSid(detail: string, { column }: SessionTable): boolean {
  const [columns = ''] = detail.split(')=(', 1)
  return (
    columns.endsWith(`(${column.sid.name}`) ||
    columns.endsWith(`("${column.sid.name.replaceAll('"', '""')}"`)
  )
}

/**
 * Whether what is too long is a session id: the server names no column but the type, as in
 * `character varying(20)`. The sessions have room for more than any id, and an id of a user may be
 * as long as one of a session.
 */
function isLengthOfSid(message: unknown, table: SessionTable | undefined): boolean {
  const [, length] = (typeof message === 'string' && /\((\d+)\)$/.exec(message)) || []
  return Number(length ?? Infinity) < 255 && table !== undefined && !table.column.userId
}

/**
 * Whether the server could not take a parameter in a place where there is no session (since version
 * 14 it says which).
 */
function isPlaceOfSid(where: unknown): boolean {
  const [, place] = (typeof where === 'string' && /\$(\d+)/.exec(where)) || []
  return place === '1' || place === '2'
}
