import { createRequire } from 'node:module'
import { createServer, type AddressInfo, type Server } from 'node:net'
import type { ErrorKind } from '@knex-session/core/dialect'
import knex, { type Knex } from 'knex'
import { Connection, Request, TYPES } from 'tedious'
import { failure } from '../../dialect-testkit/test/failure.js'
import { classify } from '../src/errors.js'
import { connectRefused } from './connection.js'
import { holds, TdsServer } from './tds-server.js'

interface Handler {
  onErrorMessage(token: { number: number; message: string; state: number; class: number }): void
}
const { RequestTokenHandler, Login7TokenHandler } = createRequire(__filename)(
  'tedious/lib/token/handler',
) as {
  readonly RequestTokenHandler: new (connection: Connection, request: Request) => Handler
  readonly Login7TokenHandler: new (connection: Connection) => Handler
}

/** A connection that is never opened; tedious keeps the errors of a login on it. */
const unopened = (): Connection => new Connection({ server: '127.0.0.1' })
const token = (number: number) => ({ number, message: 'refused', state: 1, class: 16 })

/** What a request fails with when the server reports these numbers. */
function requestError(...numbers: readonly number[]): unknown {
  const request = new Request('select 1', () => undefined)
  const handler = new RequestTokenHandler(unopened(), request)
  for (const number of numbers) handler.onErrorMessage(token(number))
  return (request as unknown as { error: unknown }).error
}

/** What a login fails with when the server refuses it by this number. */
function loginError(number: number): unknown {
  const connection = unopened()
  new Login7TokenHandler(connection).onErrorMessage(token(number))
  return (connection as unknown as { loginError: unknown }).loginError
}

const numbers: readonly (readonly [number: number, kind: ErrorKind])[] = [
  ...[1204, 1205, 3960, 3961, 8645, 8651].map((number) => [number, 'retryable'] as const),
  [1222, 'locked'],
  [2627, 'duplicate'],
  [8169, 'sid-impossible'],
  ...[2601, 52_627].map((number) => [number, 'sid-taken'] as const),
  ...[1913, 2714].map((number) => [number, 'already-exists'] as const),
  ...[208, 33_557_097].map((number) => [number, 'missing-table'] as const),
  ...[64, 233, 596, 6005, 17142, 18401, 921, 927, 4060].map(
    (number) => [number, 'connection'] as const,
  ),
  ...[976, 978, 983, 3906, 3908, 10928, 10929, 40197, 40501, 40613, 49918].map(
    (number) => [number, 'connection'] as const,
  ),
  // Syntax, no such function or procedure, `output` beside a trigger, `readpast` in another
  // isolation level.
  ...[102, 156, 195, 2812, 334, 650].map((number) => [number, 'unsupported'] as const),
  // No such column, null, text cut, conversion, no right to create, divided by zero, transaction
  // count.
  ...[207, 515, 2628, 241, 262, 8134, 266].map((number) => [number, 'other'] as const),
]

/** A query to a server on this machine that treats connections so. */
async function failureAt(server: Server): Promise<unknown> {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = server.address() as AddressInfo
  const connection = {
    server: '127.0.0.1',
    port,
    user: 'nobody',
    password: '',
    connectionTimeout: 200,
    options: { encrypt: false },
  }
  try {
    return await failure(
      knex({
        client: 'mssql',
        connection: connection as unknown as Knex.StaticConnectionConfig,
        log: { warn: () => undefined },
      }),
    )
  } finally {
    server.close()
  }
}

describe('an error of the server', () => {
  it.each(numbers)('with number %i is %s', (number, kind) => {
    const error = requestError(number)
    expect(error).toMatchObject({ code: 'EREQUEST', number })
    expect(classify(error)).toBe(kind)
  })

  it('about a unique key is of a race where the key is the primary one', () => {
    const violation = (kind: string) => ({
      number: 2627,
      message: `insert … - Violation of ${kind} KEY constraint 'PK__x'. Cannot insert …`,
    })
    expect(classify(violation('PRIMARY'))).toBe('duplicate')
    expect(classify(violation('UNIQUE'))).toBe('sid-taken')
  })

  it('among several decides, the first that is known', () => {
    expect(requestError(208, 266)).toBeInstanceOf(AggregateError)
    expect(classify(requestError(208, 266))).toBe('missing-table')
    expect(classify(requestError(266, 2627, 1205))).toBe('duplicate')
    expect(classify(requestError(102, 266))).toBe('unsupported')
    expect(classify(requestError(207, 266))).toBe('other')
  })

  it('that refuses a log-in is recognized, since its number is lost', () => {
    for (const number of [4060, 18456, 40613]) {
      expect(loginError(number)).toMatchObject({ code: 'ELOGIN' })
      expect(classify(loginError(number))).toBe('login-refused')
    }
  })
})

describe('an error of the driver itself', () => {
  it('is of the connection when it is refused', async () => {
    expect(classify(await failure(connectRefused()))).toBe('connection')
  })

  it('is of the connection when the other side hangs up', async () => {
    const error = await failureAt(createServer((socket) => socket.destroy()))
    expect(error).toMatchObject({ code: 'ESOCKET' })
    expect(classify(error)).toBe('connection')
  })

  it('is of the connection when nobody answers in time', async () => {
    const error = await failureAt(createServer())
    expect(error).toMatchObject({ code: 'ETIMEOUT' })
    expect(classify(error)).toBe('connection')
  })

  it('is sent again soon when the connection has another request under way', async () => {
    const error = await new Promise((resolve) =>
      unopened().execSql(new Request('select 1', resolve)),
    )
    expect(error).toMatchObject({ code: 'EINVALIDSTATE' })
    expect(classify(error)).toBe('retryable')
  })

  it('is no lost connection when a request takes longer than `requestTimeout`', async () => {
    const server = new TdsServer((statement) =>
      holds(statement, 'slow') ? new Promise<void>(() => undefined) : undefined,
    )
    await server.listen()
    const knex = server.connect({ requestTimeout: 50 })
    const error = await knex.raw("select 'slow'").then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'ETIMEOUT' })
    expect(classify(error)).toBe('retryable')
    await knex.destroy()
    await server.close()
  })

  it('is nothing to try again when a parameter is of the wrong type', async () => {
    const error = await new Promise((resolve) => {
      const request = new Request('select @p0', resolve)
      request.addParameter('p0', TYPES.NVarChar, 1)
      unopened().execSql(request)
    })
    expect(error).toMatchObject({ code: 'EPARAM' })
    expect(classify(error)).toBe('other')
  })

  it('never sends the search for a cause in circles', () => {
    const [one, other] = [new Error('one'), new Error('other')]
    Object.assign(one, { cause: other })
    Object.assign(other, { cause: one })
    expect(classify(one)).toBe('other')
  })
})
