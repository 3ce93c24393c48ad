import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { sessionTable, type ErrorKind } from '@knex-session/core/dialect'
import knex from 'knex'
import { SqlError } from 'mariadb'
import { classify } from '../src/errors.js'
import { connectBy } from './connection.js'

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

/** The error that a promise rejects with. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

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

describe.each(['mysql2', 'mariadb'] as const)('an error of a real server by %s', (client) => {
  it.each([
    ['select * from nowhere_to_be_found', 'missing-table'],
    ['select * from (select 1 as a) as t where b = 1', 'other'],
    ['select 1 for update skip nothing', 'unsupported'],
    ['select mysql.no_such_function()', 'unsupported'],
    ["signal sqlstate '40001' set mysql_errno = 1213", 'retryable'],
  ] as const)('to `%s` is %s', async (sql, kind) => {
    const database = connectBy(client)({ connections: 1 })
    try {
      expect(classify(await errorOf(Promise.resolve(database.raw(sql))))).toBe(kind)
    } finally {
      await database.destroy()
    }
  })
})

describe.each(['mysql2', 'mariadb'] as const)(
  'a connection that the server ends, by %s',
  (client) => {
    it('is an error of the connection', async () => {
      const [database, other] = [
        connectBy(client)({ connections: 1 }),
        connectBy(client)({ connections: 1 }),
      ]
      try {
        // MySQL answers a thread that kills itself as one whose statement was stopped.
        const [[thread]] = (await database.raw('select connection_id() as id')) as [
          [{ id: number | bigint }],
        ]
        const waiting = errorOf(Promise.resolve(database.raw('select sleep(60)')))
        while (!(await isAsleep(other, String(thread.id)))) await new Promise(setImmediate)
        await other.raw(`kill ${String(thread.id)}`)
        expect(classify(await waiting)).toBe('connection')
      } finally {
        await Promise.all([database.destroy(), other.destroy()])
      }
    })
  },
)

async function isAsleep(
  database: ReturnType<ReturnType<typeof connectBy>>,
  id: string,
): Promise<boolean> {
  const [rows] = (await database.raw('show processlist')) as [
    readonly { readonly Id: unknown; readonly Info: unknown }[],
  ]
  return rows.some(({ Id, Info }) => String(Id) === id && Info === 'select sleep(60)')
}

describe.each(['mysql2', 'mariadb'] as const)(
  'a value that a column cannot hold, by %s',
  (client) => {
    const database = connectBy(client)({ connections: 1 })
    const table = sessionTable({
      tableName: `incorrect_${String(process.pid)}_${client}`,
      columns: { sid: 'SessionId' },
    })
    const insert = (sid: string, sess: string) =>
      errorOf(
        Promise.resolve(
          database.raw('insert into ?? values (?, ?, 1)', [table.tableName, sid, sess]),
        ),
      )

    beforeAll(async () => {
      const columns =
        'SessionId varchar(255) character set latin1 primary key, sess varchar(255) character set latin1, expired bigint'
      await database.raw(`create table ?? (${columns})`, [table.tableName])
    })
    afterAll(async () => {
      await database.schema.dropTable(table.tableName)
      await database.destroy()
    })

    it('is an impossible sid only if the error names that column', async () => {
      const [ofSid, ofSession] = [
        await insert('漢', '{}'),
        await insert('sid', '漢 for column `SessionId` at row 1'),
      ]
      expect([ofSid, ofSession]).toMatchObject([{ errno: 1366 }, { errno: 1366 }])
      expect([classify(ofSid, table), classify(ofSession, table)]).toEqual([
        'sid-impossible',
        'other',
      ])
    })

    it.each(['de_DE', 'es_ES', 'zh_CN'])('is understood in the language %s', async (language) => {
      await database.raw('set lc_messages = ?', [language])
      const [ofSid, ofSession] = [
        await insert('漢', '{}'),
        await insert('sid', '漢`sessions`.`SessionId`'),
      ]
      await database.raw('set lc_messages = default')
      expect([classify(ofSid, table), classify(ofSession, table)]).toEqual([
        'sid-impossible',
        'other',
      ])
    })

    it('is understood in MySQL’s words, too', () => {
      const error = (column: string) => ({
        errno: 1366,
        sqlMessage: `Incorrect string value: '\\xE6' for column '${column}' at row 1`,
      })
      expect([classify(error('SessionId'), table), classify(error('sess'), table)]).toEqual([
        'sid-impossible',
        'other',
      ])
    })
  },
)

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

describe('a refused connection', () => {
  it('is of the connection by the driver mysql', async () => {
    const database = knex({
      client: 'mysql',
      connection: { host: '127.0.0.1', port: 1, user: 'nobody' },
      log: { warn: () => undefined },
    })
    try {
      expect(classify(await errorOf(Promise.resolve(database.raw('select 1'))))).toBe('connection')
    } finally {
      await database.destroy()
    }
  })
})
