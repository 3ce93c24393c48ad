import type { DriverAccess } from '../src/dialect/index.js'
import { deferred, endOf } from './deferred.js'
import { driverError } from './fake-database.js'
import { running } from './running.js'
import { pass, turn, useStandingClock } from './standing-clock.js'

useStandingClock()
afterEach(() => jest.restoreAllMocks())

describe('a statement that is to be stopped when it may wait for a lock', () => {
  /** A write that waits until it is answered. */
  function waiting(cancelQuery: NonNullable<DriverAccess['cancelQuery']>, { ms = 1_000 } = {}) {
    const answer = deferred()
    const { database, ended, next, write } = running({ cancelQuery })
    database.answer = ({ text }) => (text === 'upsert' ? answer.promise : undefined)
    return { answer, database, ended, next, written: write(ms, 100) }
  }

  it('is stopped, and fails by the lock; its connection serves the next', async () => {
    const { answer, database, ended, next, written } = waiting(() => {
      answer.reject(driverError('other'))
      return Promise.resolve()
    })
    const outcome = written.catch((error: unknown) => error)
    await pass(200)
    expect(await outcome).toMatchObject({ code: 'ERR_TIMEOUT', kind: 'locked' })
    expect(await next()).toBe(database.sent[0]?.on)
    expect(ended).toEqual([])
  })

  it('is ended instead if its time is up first', async () => {
    let cancels = 0
    const { written } = waiting(
      () => {
        cancels++
        return Promise.resolve()
      },
      { ms: 90 },
    )
    const outcome = written.catch((error: unknown) => error)
    await pass(3_500)
    expect(await outcome).toMatchObject({ code: 'ERR_TIMEOUT', kind: 'connection' })
    expect(cancels).toBe(1)
  })

  it('reports its success if it was done by then, or its own failure', async () => {
    const done = waiting(async () => {
      done.answer.resolve('done')
      await turn()
    })
    await pass(200)
    await expect(done.written).resolves.toBe('done')
    const failed = waiting(async () => {
      failed.answer.reject(driverError('retryable'))
      await turn()
    })
    const outcome = failed.written.catch((error: unknown) => error)
    await pass(200)
    expect(await outcome).toMatchObject({ kind: 'retryable' })
  })

  it('goes on until its deadline if no cancel ends it, as during a commit', async () => {
    let cancels = 0
    const { answer, written } = waiting(async () => {
      cancels++
      await turn()
    })
    const end = endOf(written)
    await pass(800)
    expect([cancels, end.now]).toEqual([1, 'pending'])
    answer.resolve('done')
    await turn()
    expect(end.now).toBe('done')
    const never = endOf(waiting(() => Promise.resolve()).written)
    await pass(3_500)
    expect(never.now).toBe('ERR_TIMEOUT')
  })

  it('goes on if the server cannot be asked, and its connection serves no other: a cancel may still be under way', async () => {
    const { answer, database, ended, next, written } = waiting(() =>
      Promise.reject(new Error('no room')),
    )
    const end = endOf(written)
    await pass(200)
    expect(end.now).toBe('pending')
    answer.resolve('done')
    await turn()
    expect(end.now).toBe('done')
    const [first] = database.sent
    expect(ended).toContain(first?.on)
    expect(await next()).not.toBe(first?.on)
  })

  it('is ended by its deadline if that comes first', async () => {
    const end = endOf(waiting(() => Promise.reject(new Error('no room')), { ms: 90 }).written)
    await pass(95)
    await pass(2_500)
    expect(end.now).toBe('ERR_TIMEOUT')
  })
})
