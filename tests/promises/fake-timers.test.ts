import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-sqlite'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'

const hour = 3_600_000

function session(): SessionData {
  return {
    cookie: { originalMaxAge: hour, expires: new Date(Date.now() + hour) },
    user: 'ann',
  } as unknown as SessionData
}

/** Calls everything of a store once, some by callback; the names of what was answered. */
async function callAll(store: KnexSessionStore): Promise<readonly string[]> {
  const byCallback = <Result>(call: (done: (error: unknown, result?: Result) => void) => void) =>
    new Promise<Result | undefined>((resolve, reject) =>
      call((error, result) => (error ? reject(error) : resolve(result))),
    )
  const answered: string[] = []
  await store.set('sid', session())
  await byCallback((done) => store.set('other', session(), done))
  const [read, other] = [
    await store.get('sid'),
    await byCallback((done) => store.get('other', done)),
  ]
  if (read && other) answered.push('get')
  await store.touch('sid', session())
  if ((await store.length()) === 2) answered.push('length')
  if ((await store.all()).length === 2) answered.push('all')
  if ((await store.prune()) === 0) answered.push('prune')
  if ((await store.destroy('other')) === 1) answered.push('destroy')
  // One that expires while the clock is moved.
  jest.setSystemTime(Date.now() + 2 * hour)
  if ((await store.get('sid')) === null) answered.push('expiry')
  if ((await store.clear()) === 1) answered.push('clear')
  return answered
}

describe('a store in tests with fake timers', () => {
  let knex: Knex

  beforeEach(() => {
    knex = createKnex({
      client: 'better-sqlite3',
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
    })
  })

  afterEach(async () => {
    jest.useRealTimers()
    await knex.destroy()
  })

  it.each(['before it was made', 'after it was made'])(
    'answers every call, and goes by the faked Date: %s',
    async (when) => {
      if (when.startsWith('before')) jest.useFakeTimers()
      const store = new KnexSessionStore({ knex, cleanupInterval: 0 })
      if (when.startsWith('after')) jest.useFakeTimers()
      expect(await callAll(store)).toEqual([
        'get',
        'length',
        'all',
        'prune',
        'destroy',
        'expiry',
        'clear',
      ])
      await store.close()
    },
  )

  it('goes by a Date that is faked by itself', async () => {
    const store = new KnexSessionStore({ knex, cleanupInterval: 0 })
    jest.useFakeTimers({
      doNotFake: [
        'nextTick',
        'setImmediate',
        'setInterval',
        'setTimeout',
        'queueMicrotask',
        'performance',
      ],
    })
    expect(await callAll(store)).toContain('expiry')
    await store.close()
  })
})
