import type { ErrorKind, SessionTable } from '@knex-session/core/dialect'
import { UnusableConnection } from './driver/usable.js'

/**
 * Numbers of the server (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html,
 * https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference) and of
 * MariaDB's connector (45001 and up, its `lib/misc/errors.js`). Numbers decide before names: the
 * drivers name MariaDB's own numbers after MySQL's other ones, or not at all.
 */
const numbers: Readonly<Partial<Record<ErrorKind, readonly number[]>>> = {
  retryable: [
    // Deadlock (Galera's certification conflict too).
    1213,
    // Snapshot overtaken, table changed while it was used, statement must be prepared again.
    1020, 1412, 1615,
    // Refused at commit by the replication group.
    1180, 3101,
    // TiDB: write conflict, retriable commit error, schema changed, storage busy, timed out or
    // moving (https://docs.pingcap.com/tidb/stable/error-codes).
    8002, 8005, 8022, 8028, 9002, 9003, 9004, 9005, 9007,
  ],
  // Lock wait timeout, lock not available at once.
  locked: [1205, 3572],
  duplicate: [1062, 1586],
  // A character that the column's character set lacks, compared; sessions themselves travel as
  // ASCII.
  'sid-impossible': [1267, 1270, 1271, 3854, 3988],
  // Unknown to this server (a proxy lent another), not supported there, one too many, its arguments
  // not of the types that the server wants.
  'prepared-statement': [1243, 1295, 1461, 1210],
  unsupported: [
    // Syntax (`skip locked` before MySQL 8.0 and MariaDB 10.6); not supported by this version, by
    // the storage engine, or switched off.
    1064, 1149, 1235, 1178, 1031, 1289,
    // No such function, or none of that name any more.
    1305, 1128,
    // No right to run a routine, or one of the whole server.
    1370, 1227,
  ],
  'already-exists': [1050, 1061],
  // No table, and none with the key that it had when it was looked at: it is looked at again.
  'missing-table': [1146, 1176],
  // On the table, on a column of it.
  'access-denied': [1142, 1143],
  connection: [
    // Too many connections, of the server or of the user; host blocked for its failed attempts.
    1040, 1203, 1226, 1129,
    // Handshake and network.
    1042, 1043, 1158, 1159, 1160, 1161, 2002, 2003, 2006, 2013, 2055,
    // A Galera node that is not part of the cluster yet.
    1047,
    // Shutting down, aborted, killed, closed for being idle, offline, not available.
    1053, 1077, 1078, 1079, 1080, 1152, 1184, 1927, 3032, 3168, 4031,
    // Read-only: a replica, or a primary that was demoted.
    1290, 1792, 1836,
    // ProxySQL found no server in time (TiDB: no placement driver).
    9001,
    // MariaDB's connector: closed, destroyed, connect, socket, ping or pool timed out.
    45001, 45004, 45009, 45012, 45013, 45019, 45026, 45028, 45042, 45061,
  ],
}

/** Codes of Node's sockets, and of mysql and mysql2 (`PROTOCOL_…`). */
const connectionCodes: ReadonlySet<unknown> = new Set(
  [
    ['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
    // The last one: the server's Unix socket is not there yet.
    ['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENOENT'],
    ['PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT'],
    [
      'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
      'PROTOCOL_ENQUEUE_AFTER_QUIT',
      'PROTOCOL_ENQUEUE_AFTER_DESTROY',
    ],
  ].flat(),
)

const kindOfNumber: ReadonlyMap<unknown, ErrorKind> = new Map(
  Object.entries(numbers).flatMap(([kind, list]) =>
    list.map((number) => [number, kind as ErrorKind] as const),
  ),
)

/** A character that a column's character set lacks, or a text that is no number. */
const incorrectValue = 1366
/**
 * A text that is no uuid (MariaDB), one that is too long, one that would be changed: each names its
 * column.
 */
const unfitValues: ReadonlySet<unknown> = new Set([1292, 1406, 1265])
/**
 * No such database: of the table, which MariaDB says of a table that is not there as well; or that
 * of the connection, which is fatal.
 */
const unknownDatabase = 1049
/** A number out of range: what `upsert` has happen to a row that must not be written. */
const outOfRange = 1690

interface DriverError {
  readonly errno?: unknown
  readonly code?: unknown
  readonly fatal?: unknown
  readonly syscall?: unknown
  readonly message?: unknown
  /** The server's own text, without the statement. */
  readonly sqlMessage?: unknown
}

/** Says what an error of mysql2, mysql, MariaDB's connector or a socket means. */
export function classify(error: unknown, table?: SessionTable): ErrorKind {
  if (typeof error !== 'object' || error === null) return 'other'
  if (error instanceof UnusableConnection) return 'unusable-connection'
  const { errno, code, fatal, sqlMessage } = error as DriverError
  const text = typeof sqlMessage === 'string' ? sqlMessage : ''
  // The type comes first in the text; the sum of a sid that is taken is a BIGINT.
  if (errno === outOfRange) return text.startsWith('DOUBLE') ? 'sid-impossible' : 'sid-taken'
  if (errno === incorrectValue || (unfitValues.has(errno) && table && text !== ''))
    return table && isAboutAnotherColumn(text, table) ? 'other' : 'sid-impossible'
  if (errno === unknownDatabase) return fatal === true ? 'other' : 'missing-table'
  const kind = kindOfNumber.get(errno)
  if (kind === 'duplicate' && isOfAnotherKey(text)) return 'sid-taken'
  if (kind !== undefined) return kind
  if (connectionCodes.has(code)) return 'connection'
  if (code === 'HANDSHAKE_SSL_ERROR' && isLostInHandshake(error)) return 'connection'
  // mysql2 on a connection that is closed already gives neither number nor code
  // (lib/base/connection.js, _addCommandClosedState).
  return fatal === true && errno === undefined && code === undefined ? 'connection' : 'other'
}

/**
 * Whether a violated key is not the primary one, so that trying again is no help:
 * `Duplicate entry 'x' for key 'PRIMARY'`, or `'sessions.PRIMARY'`, in the language of the server.
 * An upsert finds the row of its own session by whatever key there is.
 */
function isOfAnotherKey(text: string): boolean {
  return /'[^']+'$/.test(text) && !/['.]PRIMARY'$/.test(text)
}

/**
 * Whether what the text quotes last is not the column of the session id: ``column
 * `db`.`sessions`.`sess` at row 1`` on MariaDB, `column 'sess' at row 1` on MySQL. The value comes
 * before it in every language (MariaDB's `errmsg-utf8.txt`).
 */
function isAboutAnotherColumn(text: string, table: SessionTable): boolean {
  const end = Math.max(text.lastIndexOf('`'), text.lastIndexOf("'"))
  const quoted = text.slice(0, end + 1)
  const sid = table.column.sid.name
  return quoted !== '' && !quoted.endsWith(`\`${sid}\``) && !quoted.endsWith(`'${sid}'`)
}

/**
 * Whether the server was gone before a TLS connection was there. mysql and mysql2 put one code in the place of that of Node.js, of a
 * certificate that is refused too, which is no lost connection; so the text decides (Node's `lib/_tls_wrap.js`; no statement was sent yet).
 */
function isLostInHandshake({ syscall, message }: DriverError): boolean {
  return (
    typeof syscall === 'string' ||
    (typeof message === 'string' &&
      message.endsWith('before secure TLS connection was established'))
  )
}
