import knex from 'knex'
import { errorOf } from '../../dialect-testkit/src/scene/outcomes.js'
import { failure } from '../../dialect-testkit/test/failure.js'
import { classify } from '../src/errors.js'
import { connectBy } from './connection.js'

describe.each(['mysql2', 'mariadb'] as const)('an error of a real server by %s', (client) => {
  it.each([
    ['select * from nowhere_to_be_found', 'missing-table'],
    ['select * from (select 1 as a) as t where b = 1', 'other'],
    ['select 1 for update skip nothing', 'unsupported'],
    ['select mysql.no_such_function()', 'unsupported'],
    ["signal sqlstate '40001' set mysql_errno = 1213", 'retryable'],
  ] as const)('to `%s` is %s', async (sql, kind) => {
    expect(classify(await failure(connectBy(client)({ connections: 1 }), sql))).toBe(kind)
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

describe('a refused connection', () => {
  it('is of the connection by the driver mysql', async () => {
    const database = knex({
      client: 'mysql',
      connection: { host: '127.0.0.1', port: 1, user: 'nobody' },
      log: { warn: () => undefined },
    })
    expect(classify(await failure(database))).toBe('connection')
  })
})
