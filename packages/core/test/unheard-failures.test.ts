import type { SessionData } from 'express-session'
import { driverError, FakeDatabase } from './fake-database.js'

const session = { cookie: { originalMaxAge: 60_000 } } as unknown as SessionData

/** Lets everything happen that was begun. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a call that fails', () => {
  let error: jest.SpyInstance
  const unhandled = jest.fn()
  beforeEach(() => {
    error = jest.spyOn(console, 'error').mockImplementation()
    process.on('unhandledRejection', unhandled)
  })
  afterEach(() => {
    expect(unhandled).not.toHaveBeenCalled()
    process.off('unhandledRejection', unhandled)
    error.mockRestore()
  })

  const failing = async (because: string) => {
    const database = new FakeDatabase()
    const store = database.store()
    await store.ready
    database.answer = () => {
      throw Object.assign(driverError('other'), { code: because })
    }
    return store
  }

  it.each(['get', 'set', 'touch', 'destroy', 'all', 'length', 'clear', 'prune'] as const)(
    'is told on the console where nobody hears of it: %s',
    async (call) => {
      const store = await failing(`E_${call}`)
      const calls = {
        get: () => store.get('a'),
        set: () => store.set('a', session),
        touch: () => store.touch('a', session),
        destroy: () => store.destroy('a'),
        all: () => store.all(),
        length: () => store.length(),
        clear: () => store.clear(),
        prune: () => store.prune(),
      }
      void calls[call]()
      await settle()
      expect(error.mock.calls).toEqual([[expect.stringMatching(`E_${call}.*nobody heard of it`)]])
    },
  )

  it('is reported even if it was refused at once', async () => {
    const store = await failing('none')
    void store.set('a', 'no session' as unknown as SessionData)
    await settle()
    expect(error.mock.calls).toEqual([[expect.stringContaining('the session cannot be stored')]])
  })

  it('is reported once for many that fail in the same way', async () => {
    const store = await failing('E_many')
    for (let index = 0; index < 10; index++) void store.set(`sid ${String(index)}`, session)
    await settle()
    expect(error).toHaveBeenCalledTimes(1)
  })

  it('is not reported if somebody handles it, even a moment later', async () => {
    const store = await failing('E_heard')
    await expect(store.set('a', session)).rejects.toThrow('E_heard')
    await store.set('a', session).catch(() => undefined)
    await Promise.allSettled([store.set('a', session), store.get('a')])
    await new Promise((resolve) => store.set('a', session, resolve))
    const later = store.set('a', 'no session' as unknown as SessionData)
    await Promise.resolve()
    await expect(later).rejects.toThrow('cannot be stored')
    await settle()
    expect(error).not.toHaveBeenCalled()
  })
})
