import type { SessionData } from 'express-session'
import type { KnexSessionStoreOptions } from '../src/index.js'
import { FakeDatabase } from './fake-database.js'

const minute = 60_000
const start = Date.UTC(2026, 0, 1)

function until(expires: number): SessionData {
  return {
    cookie: { originalMaxAge: 60 * minute, expires: new Date(expires).toISOString() },
  } as never
}

/**
 * A store whose database writes down to which minute after the start expiries were moved, and has
 * one row, which ends after an hour.
 */
async function storeWith(options: KnexSessionStoreOptions = { touchInterval: minute }) {
  const database = new FakeDatabase()
  const clock = { now: start }
  const store = database.store({ clock: () => clock.now, ...options })
  const row = { expired: start + 60 * minute }
  const answer = { refuses: false, reads: Promise.resolve() }
  database.answer = ({ text }) => {
    if (answer.refuses) throw new Error('refused')
    if (!text.startsWith('select')) return 1
    const found = [{ sid: 'a', sess: JSON.stringify(until(row.expired)), expired: row.expired }]
    return answer.reads.then(() => found)
  }
  await store.ready
  const moved = () =>
    database.sent
      .filter(({ text }) => text.startsWith('update'))
      .map(
        ({ bindings }) =>
          (Number(bindings.find((value) => typeof value === 'number')) - start) / minute,
      )
  const load = async () => (await store.get('a')) as SessionData
  const change = (kind: 'set' | 'touch', session: SessionData, minutes: number) => {
    session.cookie.expires = new Date(start + minutes * minute)
    return store[kind]('a', session)
  }
  return { answer, clock, row, store, moved, load, change }
}

describe('with a `touchInterval`, a touch of what was loaded', () => {
  it('is answered without the database when it moves the session by less', async () => {
    const { moved, load, change } = await storeWith()
    const session = await load()
    await change('touch', session, 60)
    await change('touch', session, 60.99)
    expect(moved()).toEqual([])
    await change('touch', session, 61)
    expect(moved()).toEqual([61])
  })

  it('is answered so too when a list gave the session, also after others were ended sooner', async () => {
    const { moved, store, change } = await storeWith()
    await store.set('b', until(start))
    const listed: SessionData[] = []
    for await (const { session } of store.entries()) listed.push(session)
    await change('touch', listed[0] as SessionData, 60.5)
    expect(moved()).toEqual([])
  })

  it('counts from the expiry that was written last, so many small steps are not left out', async () => {
    const { moved, load, change } = await storeWith()
    const session = await load()
    for (const minutes of [60.4, 60.8, 61.2, 61.6, 62, 62.4])
      await change('touch', session, minutes)
    expect(moved()).toEqual([61.2, 62.4])
  })

  it('is written when it shortens the life of the session', async () => {
    const { moved, load, change } = await storeWith()
    const session = await load()
    await change('touch', session, 59.9)
    await change('touch', session, 5)
    expect(moved()).toEqual([59.9, 5])
  })

  it('is written when the session has expired, which the database decides', async () => {
    const { clock, moved, load, change } = await storeWith()
    const session = await load()
    clock.now += 60 * minute
    await change('touch', session, 60.5)
    expect(moved()).toEqual([60.5])
  })

  it('is written under another id', async () => {
    const { moved, load, store } = await storeWith()
    await store.touch('b', await load())
    expect(moved()).toEqual([60])
  })

  it.each(['set', 'touch'] as const)(
    'is written after a %s of another request that ends it sooner, answered or not',
    async (kind) => {
      const { moved, load, change } = await storeWith({ touchInterval: 5 * minute })
      const [one, other] = [await load(), await load()]
      await Promise.all([change(kind, one, 1), change('touch', other, 61)])
      expect(moved().at(-1)).toBe(61)
      await change('touch', other, 62)
      expect(moved().at(-1)).toBe(62)
    },
  )

  it.each(['set', 'touch'] as const)(
    'is written when a %s that ends it sooner was under way while it was loaded',
    async (kind) => {
      const { moved, load, change } = await storeWith({ touchInterval: 5 * minute })
      const one = await load()
      const loading = load()
      await change(kind, one, 1)
      await change('touch', await loading, 60)
      expect(moved()).toEqual([1, 60])
    },
  )

  it.each(['set', 'touch'] as const)(
    'is written when a %s that ends it sooner came and went while it was loaded',
    async (kind) => {
      const { answer, moved, load, change } = await storeWith({ touchInterval: 5 * minute })
      const one = await load()
      let read: () => void = () => undefined
      answer.reads = new Promise((resolve) => (read = resolve))
      const loading = load()
      await change(kind, one, 1)
      read()
      await change('touch', await loading, 60)
      expect(moved()).toEqual([1, 60])
    },
  )

  it('is left out after a touch of another request that ends it later', async () => {
    const { moved, load, change } = await storeWith({ touchInterval: 5 * minute })
    const [one, other] = [await load(), await load()]
    await change('touch', one, 70)
    await change('touch', other, 61)
    expect(moved()).toEqual([70])
  })

  it('is written after a touch that failed', async () => {
    const { answer, moved, load, change } = await storeWith({ touchInterval: minute, timeout: 200 })
    const session = await load()
    answer.refuses = true
    await expect(change('touch', session, 62)).rejects.toMatchObject({ code: 'ERR_DATABASE' })
    answer.refuses = false
    await change('touch', session, 62)
    expect(moved()).toEqual([62, 62])
  })
})

it('with a `touchInterval` a touch of what was not loaded is written', async () => {
  const { moved, store } = await storeWith()
  await store.touch('a', until(start + 60 * minute))
  await store.touch('a', until(start + 60 * minute))
  expect(moved()).toEqual([60, 60])
})

it.each([
  ['a twentieth of its life', 10, 0.49, 0.5],
  ['a minute, where that is less', 60, 0.99, 1],
])(
  'by default a touch is left out that moves the session by less than %s',
  async (_, ends, less, more) => {
    const { moved, load, change, row, clock } = await storeWith({})
    row.expired = start + ends * minute
    const session = await load()
    clock.now += less * minute
    await change('touch', session, ends + less)
    expect(moved()).toEqual([])
    clock.now += (more - less) * minute
    await change('touch', session, ends + more)
    expect(moved()).toEqual([ends + more])
  },
)

it('with a `touchInterval` of Infinity no touch of what was loaded is written', async () => {
  const { moved, load, change } = await storeWith({ touchInterval: Infinity })
  await change('touch', await load(), 6000)
  expect(moved()).toEqual([])
})

it('with a `touchInterval` of 0 every touch is written', async () => {
  const { moved, load, change } = await storeWith({ touchInterval: 0 })
  const session = await load()
  await change('touch', session, 60)
  await change('touch', session, 60)
  expect(moved()).toEqual([60, 60])
})
