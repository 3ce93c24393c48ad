import { deferred, endOf } from './deferred.js'
import { driverError, fakeAdapter, FakeDatabase } from './fake-database.js'
import type { KnexSessionStoreOptions } from '../src/index.js'
import { pass, turn, useStandingClock } from './standing-clock.js'

const session = { cookie: { originalMaxAge: 60_000 } } as never

useStandingClock()
afterEach(() => jest.restoreAllMocks())

describe('the end of a store', () => {
  const calls = {
    get: (store: ReturnType<FakeDatabase['store']>) => store.get('a'),
    set: (store) => store.set('a', session),
    touch: (store) => store.touch('a', session),
    destroy: (store) => store.destroy('a'),
    clear: (store) => store.clear(),
    all: (store) => store.all(),
    ids: (store) => store.ids(),
    entries: (store) => store.entries().next(),
    length: (store) => store.length(),
  } satisfies Record<string, (store: ReturnType<FakeDatabase['store']>) => Promise<unknown>>

  it.each(Object.entries(calls))(
    'waits for a `%s` that is under way, which ends well',
    async (_, call) => {
      const database = new FakeDatabase()
      const store = database.store()
      await store.ready
      const answer = deferred()
      database.answer = () => answer.promise
      const made = endOf(call(store))
      await turn()
      const closed = endOf(store.close())
      await pass(500)
      expect([database.texts.length, made.now, closed.now]).toEqual([1, 'pending', 'pending'])
      answer.resolve([])
      await pass(1)
      expect([made.now, closed.now]).toEqual(['done', 'done'])
    },
  )

  it('waits for the look for the table', async () => {
    const database = new FakeDatabase()
    const answer = deferred()
    database.answer = () => answer.promise
    const store = database.store()
    const ready = endOf(store.ready)
    await turn()
    const closed = endOf(store.close())
    await pass(500)
    expect([ready.now, closed.now]).toEqual(['pending', 'pending'])
    answer.resolve([])
    await pass(1)
    expect([ready.now, closed.now]).toEqual(['done', 'done'])
  })

  it('closes a database of its own after the last answer', async () => {
    const database = new FakeDatabase()
    const store = database.embeddedStore()
    await store.ready
    const answer = deferred()
    database.answer = () => answer.promise
    const made = endOf(store.length())
    await turn()
    const closed = endOf(store.close())
    await pass(500)
    expect([closed.now, database.closed]).toEqual(['pending', []])
    answer.resolve([{ count: 0 }])
    await pass(500)
    expect([made.now, closed.now, database.closed.length]).toEqual(['done', 'done', 1])
  })

  it('refuses what comes after it, and sends nothing for that', async () => {
    const database = new FakeDatabase()
    const store = database.store()
    await store.ready
    await store.close()
    for (const call of Object.values(calls))
      await expect(call(store)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    expect(database.texts).toEqual([])
  })

  /** A store with so many expired rows, of which each statement deletes 50 in 100 ms. */
  async function pruning(options: KnexSessionStoreOptions, expired: number) {
    const database = new FakeDatabase()
    let left = expired
    const removed = () => {
      const rows = Math.min(left, 50)
      left -= rows
      return { removed: rows }
    }
    const prune = { statement: () => ({ sql: 'prune', bindings: [] }), answer: removed }
    const store = database.store({ dialect: fakeAdapter({ queries: { prune } }), ...options })
    await store.ready
    database.answer = () => new Promise((resolve) => setTimeout(resolve, 100))
    return { database, store }
  }

  it('comes after a prune that the application called, which ends well', async () => {
    const { store } = await pruning({}, 500)
    const pruned = store.prune()
    const end = endOf(pruned)
    await pass(250)
    const closed = endOf(store.close())
    await expect(store.prune()).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await pass(200)
    expect([end.now, closed.now]).toEqual(['pending', 'pending'])
    await pass(2_000)
    expect([end.now, closed.now, await pruned]).toEqual(['done', 'done', 500])
  })

  it('ends a prune that takes longer than `timeout`', async () => {
    const { store } = await pruning({ timeout: 1_000 }, 50_000)
    const pruned = endOf(store.prune())
    await pass(250)
    const closed = endOf(store.close())
    await pass(1_300)
    expect([pruned.now, closed.now]).toEqual(['ERR_CLOSED', 'done'])
  })

  it.each([
    ['lets nobody in', () => Promise.reject(driverError('login-refused'))],
    ['gives no answer', () => new Promise(() => undefined)],
  ])(
    'comes ten seconds later where calls have no time limit and the database %s',
    async (_, answer) => {
      const database = new FakeDatabase()
      const store = database.store({ timeout: 0, onOutage: () => undefined })
      await store.ready
      database.answer = answer
      // The longest pauses: attempts 0, 1, 3, 7 and 12 s later.
      jest.spyOn(Math, 'random').mockReturnValue(1)
      const made = endOf(store.set('a', session))
      await turn()
      const closed = endOf(store.close())
      await pass(9_000)
      expect([made.now, closed.now]).toEqual(['pending', 'pending'])
      await pass(1_500)
      expect([made.now, closed.now]).toEqual(['ERR_CLOSED', 'done'])
    },
  )

  it('comes after the chunk of a prune of the timer that is under way, and before the next', async () => {
    const { database, store } = await pruning({ cleanupInterval: 100 }, 50_000)
    await pass(1_000)
    const closed = endOf(store.close())
    await pass(200)
    const before = database.texts.length
    expect(closed.now).toBe('done')
    await pass(1_000)
    expect(before).toBeGreaterThan(1)
    expect(database.texts).toHaveLength(before)
  })
})
