import type { Backend, DriverAccess } from '../src/dialect/index.js'
import { deferred, endOf } from './deferred.js'
import { driverError, fakeBackend } from './fake-database.js'
import { running } from './running.js'
import { pass, turn, useStandingClock } from './standing-clock.js'

useStandingClock()
afterEach(() => jest.restoreAllMocks())

describe('a statement', () => {
  it('is not sent when its time is up before there is a connection, or as soon as there is one', async () => {
    const { database, read } = running()
    const first = endOf(read(0))
    await pass(100)
    expect(first.now).toBe('ERR_TIMEOUT')
    await Promise.all([read(100), read(100)])
    // The connection that was used serves it at once.
    const kept = endOf(read(0))
    await pass(100)
    expect(kept.now).toBe('ERR_TIMEOUT')
    expect(database.texts).toEqual(['read', 'read'])
  })

  it('is not sent when its time is up while the backend of the connection is looked for', async () => {
    const backend = deferred<Backend>()
    const { database, write } = running({ identifyBackend: () => backend.promise })
    const late = endOf(write(200))
    await pass(300)
    expect(late.now).toBe('ERR_TIMEOUT')
    backend.resolve(fakeBackend())
    await pass(1)
    expect(database.texts).toEqual([])
  })

  it('uses no connection that broke with the one before it', async () => {
    const { database, next, read } = running()
    database.answer = ({ on }) => {
      // What knex notes when the driver says that a connection is gone.
      Object.assign(on, { __knex__disposed: new Error('gone') })
    }
    await read(100)
    expect(await next()).not.toBe(database.sent[0]?.on)
  })
})

describe('a statement that fails', () => {
  it.each([
    ['keeps its connection when the driver has rolled back', () => Promise.resolve(), true],
    ['loses its connection when it cannot', () => Promise.reject(new Error('no')), false],
  ])('%s', async (_, rollback, keeps) => {
    const { database, next, write } = running({ rollback })
    database.answer = ({ text }) => {
      if (text === 'upsert') throw driverError('other')
    }
    await expect(write(1_000)).rejects.toMatchObject({ kind: 'other' })
    expect((await next()) === database.sent[0]?.on).toBe(keeps)
  })
})

describe('a statement whose time is up', () => {
  it('is cancelled on the server, and its connection serves the next when both have ended', async () => {
    const answer = deferred()
    const cancelled: unknown[] = []
    const { database, ended, next, write } = running({
      cancelQuery: (connection) => {
        cancelled.push(connection)
        answer.reject(driverError('other'))
        return Promise.resolve()
      },
    })
    database.answer = ({ text }) => (text === 'upsert' ? answer.promise : undefined)
    const late = endOf(write(200))
    await pass(150)
    expect([late.now, cancelled]).toEqual(['pending', []])
    await pass(150)
    const [first] = database.sent
    expect([late.now, cancelled]).toEqual(['ERR_TIMEOUT', [first?.on]])
    expect(await next()).toBe(first?.on)
    expect(ended).toEqual([])
  })

  it('is waited for when the server has cancelled it: its connection is in use until it ends', async () => {
    const answer = deferred()
    const { database, ended, write } = running({ cancelQuery: () => Promise.resolve() })
    database.answer = () => answer.promise
    const late = endOf(write(200))
    await pass(350)
    expect(late.now).toBe('pending')
    answer.reject(driverError('other'))
    await turn()
    expect([late.now, ended]).toEqual(['ERR_TIMEOUT', []])
  })

  it.each([
    ['cancelled', 2, 1],
    ['not cancelled when there is none for two seconds: its own may serve others by then', 1, 0],
  ])('whose driver cancels by another connection is %s', async (_, connections, cancels) => {
    jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), ms)
      return controller.signal
    })
    const used: unknown[] = []
    const cancelQuery: DriverAccess['cancelQuery'] = (__, { controlConnection }) =>
      controlConnection((connection) => Promise.resolve(void used.push(connection)))
    const { database, next, write } = running({ cancelQuery }, connections)
    database.answer = ({ text }) => (text === 'upsert' ? new Promise(() => undefined) : undefined)
    const late = endOf(write(200))
    await pass(250)
    await pass(2_500)
    expect(late.now).toBe('ERR_TIMEOUT')
    await next()
    expect(used).toHaveLength(cancels)
  })

  it.each([
    ['the server cannot be told', () => Promise.reject(new Error('no room'))],
    ['the server does not say that it was told', () => new Promise<void>(() => undefined)],
    ['nothing cancels it', () => undefined],
  ])('loses its connection if %s, before its caller gets the error', async (_, cancelQuery) => {
    const { database, ended, next, write } = running({ cancelQuery })
    database.answer = ({ text }) => (text === 'upsert' ? new Promise(() => undefined) : undefined)
    const late = endOf(write(200))
    const [first] = await pass(250).then(() => database.sent)
    await pass(2_500)
    expect([late.now, ended]).toEqual(['ERR_TIMEOUT', [first?.on]])
    expect(await next()).not.toBe(first?.on)
  })
})

describe('a runner that was ended', () => {
  it.each([
    ['', undefined],
    [', also what may wait for a lock', 5_000],
  ])('ends running statements as closed%s, and sends no more', async (_, stopAfter) => {
    const cancelled: unknown[] = []
    const { database, runner, write, read } = running({
      cancelQuery: (connection) => Promise.resolve(void cancelled.push(connection)),
    })
    database.answer = () => new Promise(() => undefined)
    const stuck = endOf(write(10_000, stopAfter))
    await turn()
    runner.end()
    await pass(2_500)
    const next = endOf(read(100))
    await turn()
    expect([stuck.now, next.now]).toEqual(['ERR_CLOSED', 'ERR_CLOSED'])
    expect(database.texts).toEqual(['upsert'])
    expect(cancelled).toEqual([database.sent[0]?.on])
  })
})
