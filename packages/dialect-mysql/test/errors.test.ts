import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ErrorKind } from '@knex-session/core/dialect'
import { SqlError } from 'mariadb'
import { classify } from '../src/errors.js'

const load = createRequire(__filename)

interface Packets {
  readonly Error: {
    toPacket(
      error: { code: number; message: string },
      encoding: string,
    ): { asError(encoding: string): Error }
  }
}
const packets = load(
  join(dirname(load.resolve('mysql2/package.json')), 'lib/packets/index.js'),
) as Packets
const ErrorPacket = load('mysql/lib/protocol/packets/ErrorPacket') as new (fields: object) => object
const Sequence = load('mysql/lib/protocol/sequences/Sequence') as new () => {
  _packetToError(packet: object): Error
}

/** How each driver makes an error of the server's answer. */
const makers: Readonly<Record<string, (errno: number) => Error>> = {
  mysql2: (errno) =>
    packets.Error.toPacket({ code: errno, message: 'refused' }, 'utf8').asError('utf8'),
  mysql: (errno) =>
    new Sequence()._packetToError(
      new ErrorPacket({ errno, message: 'refused', sqlState: 'HY000' }),
    ),
  mariadb: (errno) =>
    new (SqlError as unknown as SqlErrorClass)('refused', null, false, null, 'HY000', errno),
}
type SqlErrorClass = new (
  message: string,
  sql: null,
  fatal: boolean,
  info: null,
  sqlState: string,
  errno: number,
) => SqlError

const numbers: readonly (readonly [errno: number, kind: ErrorKind])[] = [
  ...[1213, 1020, 1412, 1615, 1180, 3101, 9007, 8022].map((errno) => [errno, 'retryable'] as const),
  ...[1205, 3572].map((errno) => [errno, 'locked'] as const),
  ...[1062, 1586].map((errno) => [errno, 'duplicate'] as const),
  [1690, 'sid-taken'],
  ...[1267, 1270, 1271, 1366, 3854, 3988].map((errno) => [errno, 'sid-impossible'] as const),
  ...[1050, 1061].map((errno) => [errno, 'already-exists'] as const),
  ...[1146, 1176, 1049].map((errno) => [errno, 'missing-table'] as const),
  ...[1210, 1243, 1295, 1461].map((errno) => [errno, 'prepared-statement'] as const),
  ...[1040, 1203, 1226, 1129, 1042, 1043, 1047, 1053, 1158, 1159, 1160, 1161].map(
    (errno) => [errno, 'connection'] as const,
  ),
  ...[1927, 2002, 2003, 2006, 2013, 3032, 3168, 4031, 1290, 1792, 1836, 9001].map(
    (errno) => [errno, 'connection'] as const,
  ),
  ...[1142, 1143].map((errno) => [errno, 'access-denied'] as const),
  // Syntax, not supported, switched off, no such function, no right to a routine or a setting.
  ...[1064, 1149, 1235, 1178, 1031, 1289, 1305, 1128, 1370, 1227].map(
    (errno) => [errno, 'unsupported'] as const,
  ),
  // No right to log in, wrong password, no such database, no such column, too long, out of range,
  // invalid JSON, constraint.
  ...[1044, 1045, 1054, 1406, 3140, 4025].map((errno) => [errno, 'other'] as const),
]

/** Errors of MariaDB's connector itself (`lib/misc/errors.js`). */
const ofConnector: readonly (readonly [errno: number, kind: ErrorKind])[] = [
  ...[45001, 45004, 45009, 45012, 45013, 45019, 45026, 45028].map(
    (errno) => [errno, 'connection'] as const,
  ),
  ...[45007, 45016, 45017, 45046].map((errno) => [errno, 'other'] as const),
]

describe('an error about a unique key', () => {
  it.each([
    ["Duplicate entry 'a' for key 'PRIMARY'", 'duplicate'],
    ["Duplicate entry 'a' for key 'sessions.PRIMARY'", 'duplicate'],
    ["Duplicate entry 'PRIMARY' for key 'sessions.user'", 'sid-taken'],
    ['refused', 'duplicate'],
  ])('means a race if the key is the primary one: %s', (sqlMessage, kind) => {
    expect(classify({ errno: 1062, sqlMessage })).toBe(kind)
  })
})

describe.each(Object.entries(makers))('an error of the server by %s', (_driver, make) => {
  it.each(numbers)('with number %i is %s', (errno, kind) => {
    expect(classify(make(errno))).toBe(kind)
  })
})

describe('an error of the MariaDB connector', () => {
  it.each(ofConnector)('with number %i is %s', (errno, kind) => {
    expect(classify(makers['mariadb']!(errno))).toBe(kind)
  })
})

describe('a number out of range', () => {
  it('means an impossible sid if it is a power, else one that is taken', () => {
    const error = (type: string) => ({
      errno: 1690,
      sqlMessage: `${type} value is out of range in '…'`,
    })
    expect([classify(error('DOUBLE')), classify(error('BIGINT UNSIGNED'))]).toEqual([
      'sid-impossible',
      'sid-taken',
    ])
  })
})

describe('a TLS handshake that fails', () => {
  it.each([
    [
      'is of the connection when the server is gone',
      'Client network socket disconnected before secure TLS connection was established',
      {},
    ],
    [
      'is of the connection when the connection is reset',
      'read ECONNRESET',
      { syscall: 'read', errno: -104 },
    ],
  ])('%s', (_, message, fields) => {
    expect(
      classify(
        Object.assign(new Error(message), { code: 'HANDSHAKE_SSL_ERROR', fatal: true, ...fields }),
      ),
    ).toBe('connection')
  })

  it.each([
    ['HANDSHAKE_SSL_ERROR', 'self-signed certificate'],
    ['HANDSHAKE_NO_SSL_SUPPORT', 'Server does not support secure connection'],
  ])('is for the operator when it is %s: %s', (code, message) => {
    expect(classify(Object.assign(new Error(message), { code, fatal: true }))).toBe('other')
  })
})
