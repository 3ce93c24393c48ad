import { createRequire } from 'node:module'
import { createServer, type AddressInfo, type Server } from 'node:net'
import type { ErrorKind } from '@knex-session/core/dialect'
import knex, { type Knex } from 'knex'
import { failure } from '../../dialect-testkit/test/failure.js'
import { classify } from '../src/errors.js'
import { connectRefused } from './connection.js'
import { oracleError } from './fake-oracledb.js'

const errors = createRequire(__filename)('oracledb/lib/errors.js') as {
  getErr(number: number, ...details: readonly unknown[]): Error
}

const numbers: readonly (readonly [errorNum: number, kind: ErrorKind])[] = [
  ...[51, 60, 1086, 1555, 4020, 4021, 4061, 4065, 4068, 8176, 8177, 63300, 63302].map(
    (number) => [number, 'retryable'] as const,
  ),
  ...[54, 2049, 30006].map((number) => [number, 'locked'] as const),
  [1, 'duplicate'],
  [20627, 'sid-taken'],
  ...[955, 1408, 2260, 2261, 2264].map((number) => [number, 'already-exists'] as const),
  [942, 'missing-table'],
  ...[1017, 28000].map((number) => [number, 'login-refused'] as const),
  ...[18, 20, 28, 1012, 1033, 1034, 1089, 1092, 2396, 3113, 3114, 3135].map(
    (number) => [number, 'connection'] as const,
  ),
  ...[12170, 12514, 12516, 12519, 12528, 12537, 12541, 12547, 12570, 16000, 16456, 25408].map(
    (number) => [number, 'connection'] as const,
  ),
  ...[1031, 41900].map((number) => [number, 'access-denied'] as const),
  // Syntax, a feature that is not there.
  ...[900, 905, 907, 911, 917, 920, 923, 933, 936, 439, 3001].map(
    (number) => [number, 'unsupported'] as const,
  ),
  // No such column, null, no more space, too long, date format.
  ...[904, 1400, 1653, 12899, 1830].map((number) => [number, 'other'] as const),
]

/** Errors of the driver itself (`lib/errors.js`). */
const ofDriver: readonly (readonly [number: number, kind: ErrorKind])[] = [
  ...[3, 40, 76, 82, 123, 500, 501, 503, 504, 510, 511, 513, 518, 519, 521, 530].map(
    (number) => [number, 'connection'] as const,
  ),
  // Wrong bind type, TLS not matching, connect string not readable, credentials missing.
  ...[12, 44, 507, 515, 101].map((number) => [number, 'other'] as const),
]

/** A query to a server on this machine that treats connections so. */
async function failureAt(server: Server): Promise<unknown> {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = server.address() as AddressInfo
  const connectString = `127.0.0.1:${port}/none?connect_timeout=1`
  try {
    const connection = {
      user: 'nobody',
      password: 'nothing',
      connectString,
    } as Knex.StaticConnectionConfig
    return await failure(knex({ client: 'oracledb', connection, log: { warn: () => undefined } }))
  } finally {
    server.close()
  }
}

describe('an error of the server', () => {
  it.each(numbers)('ORA-%i is %s', (errorNum, kind) => {
    expect(classify(oracleError(errorNum))).toBe(kind)
  })
})

describe('a block that does not compile', () => {
  const text = (reason: string) =>
    `line 2, column 15:\n${reason}\nORA-06550: line 0, column 0:\nPL/SQL: Item ignored`

  it.each([
    ["PLS-00201: identifier 'sessions.sid' must be declared", 'missing-table'],
    ['PL/SQL: ORA-00942: table or view does not exist', 'missing-table'],
    [
      'PLS-00103: Encountered the symbol "PROCEDURE" when expecting one of the following:',
      'unsupported',
    ],
    ['PL/SQL: ORA-01031: insufficient privileges', 'access-denied'],
    ["PLS-00302: component 'expired' must be declared", 'other'],
    ["PLS-00306: wrong number or types of arguments in call to 'KNEX_SESSION_ROW'", 'other'],
    ['PL/SQL: ORA-00904: "EXPIRED": invalid identifier', 'other'],
  ] as const)('%s is %s', (reason, kind) => {
    expect(classify(oracleError(6550, text(reason)))).toBe(kind)
  })
})

describe('an error of the driver itself', () => {
  it.each(ofDriver)('NJS-%i is %s', (number, kind) => {
    const error = errors.getErr(number, '127.0.0.1', 1, 'id', 'reason')
    expect(error).toHaveProperty('code', `NJS-${String(number).padStart(3, '0')}`)
    expect(classify(error)).toBe(kind)
  })

  it('is of the connection when it is refused', async () => {
    expect(classify(await failure(connectRefused()))).toBe('connection')
  })

  it('is of the connection when the other side hangs up', async () => {
    expect(classify(await failureAt(createServer((socket) => socket.destroy())))).toBe('connection')
  })

  it('is of the connection when nobody answers in time', async () => {
    expect(classify(await failureAt(createServer()))).toBe('connection')
  })
})
