import type { ErrorKind } from '../src/errors.js'
import { driverError, fakeAdapter, FakeDatabase, fakeDriver } from './fake-database.js'
import { turn } from './standing-clock.js'

/**
 * A database with one connection in its pool, whose first statement fails by such an error, and
 * which connection each statement went out on.
 */
async function afterFailure(kind: ErrorKind, { inTransaction = false } = {}) {
  const database = new FakeDatabase({ connections: 1 })
  const destroyed: unknown[] = []
  const driver = fakeDriver(database, { destroy: (connection) => destroyed.push(connection) })
  const transaction = inTransaction ? await database.knex.transaction() : undefined
  const runner = database.runner(fakeAdapter({ driver }), {}, transaction)
  const send = () =>
    runner.statement(
      { sql: 'write', bindings: [] },
      { work: 'writing sessions', deadline: performance.now() + 1_000 },
    )
  database.answer = () => {
    throw driverError(kind)
  }
  await expect(send()).rejects.toMatchObject({ kind })
  database.answer = () => undefined
  await turn()
  await send()
  await transaction?.rollback()
  const used = database.sent.filter(({ text }) => text === 'write').map(({ on }) => on.number)
  return { used, destroyed }
}

describe('a connection on which the server says that it takes no statements', () => {
  it('is ended, and the next statement goes out on another: the server may be one that was the primary before', async () => {
    const { used, destroyed } = await afterFailure('connection')
    expect(used).toEqual([1, 2])
    expect(destroyed).toEqual([expect.objectContaining({ number: 1 })])
  })

  it('is logged by knex in words of the store’s own: the driver’s quote values', async () => {
    const { destroyed } = await afterFailure('connection')
    const [{ __knex__disposed: reason }] = destroyed as [{ __knex__disposed: Error }]
    expect(reason.message).toContain('the connection was lost, or the server takes no statements')
    expect(reason.message).not.toContain('the statement failed')
  })

  it('is kept where it is that of a transaction of the application’s', async () => {
    const { used, destroyed } = await afterFailure('connection', { inTransaction: true })
    expect(used).toEqual([1, 1])
    expect(destroyed).toEqual([])
  })

  it.each<ErrorKind>(['retryable', 'locked', 'duplicate', 'prepared-statement', 'other'])(
    'is none where the error is about the statement: %s',
    async (kind) => {
      const { used, destroyed } = await afterFailure(kind)
      expect(used).toEqual([1, 1])
      expect(destroyed).toEqual([])
    },
  )
})
