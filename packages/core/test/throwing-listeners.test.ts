import type { SessionData } from 'express-session'
import { realTime } from '../src/time.js'
import { FakeDatabase } from './fake-database.js'

const failure = new Error('a listener of the application')
const fail = () => {
  throw failure
}
const end = () => Date.now() + 3_600_000

describe('what a listener throws', () => {
  const thrown: unknown[] = []

  // In place of an uncaught exception, which is the application's.
  beforeEach(() => {
    const { nextTick } = realTime
    jest.spyOn(realTime, 'nextTick').mockImplementation((run, ...args) => {
      nextTick(() => {
        try {
          Reflect.apply(run, undefined, args)
        } catch (error) {
          thrown.push(error)
        }
      })
    })
  })

  afterEach(() => {
    jest.restoreAllMocks()
    thrown.splice(0)
  })

  it('for `lateWrite` is its own, and the store goes on', async () => {
    const database = new FakeDatabase()
    database.answer = ({ text }) =>
      text.startsWith('select') ? [{ sid: 'a', sess: '{}', expired: end() }] : 0
    const store = database.store()
    store.on('lateWrite', fail)
    const loaded = (await store.get('a')) as SessionData
    database.answer = ({ text }) => (text.startsWith('select') ? [] : 0)
    await Promise.all([store.set('a', loaded), store.set('b', {} as SessionData)])
    await store.set('a', loaded)
    await store.close()
    await new Promise(setImmediate)
    expect(store.lateWrites).toBe(2)
    expect(thrown).toEqual([failure, failure])
  })

  it('for `ended` is its own, and every session is ended', async () => {
    const database = new FakeDatabase()
    database.answer = ({ text }) =>
      text.startsWith('select')
        ? ['a', 'b'].map((sid) => ({ sid }))
        : text.startsWith('delete')
          ? 1
          : 0
    const store = database.store({ userId: () => 'ann' })
    store.on('ended', fail)
    expect(await store.sessionsOf('ann').revokeAll()).toBeGreaterThan(0)
    await store.close()
    await new Promise(setImmediate)
    expect(thrown).toContain(failure)
  })

  it.each([
    ['userId', { userId: fail }],
    ['ttl', { ttl: fail }],
    ['serializer', { serializer: { stringify: fail, parse: fail } }],
  ])('in `%s` is an error of the call, and of no other', async (_, options) => {
    const database = new FakeDatabase()
    const store = database.store(options)
    await expect(store.set('a', {} as SessionData)).rejects.toThrow()
    expect(await store.destroy('b')).toBe(0)
    await store.close()
    expect(thrown).toEqual([])
  })
})
