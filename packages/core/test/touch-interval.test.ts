import type { KnexSessionStoreOptions } from '../src/index.js'
import { FakeDatabase } from './fake-database.js'

const minute = 60_000
const start = Date.UTC(2026, 0, 1)

function until(expires: number): never {
  return { cookie: { originalMaxAge: 60 * minute, expires: new Date(expires).toISOString() } } as never
}

/** A store whose database writes down to which minute after the start expiries were moved, and has one row. */
async function storeWith(options: KnexSessionStoreOptions = {}) {
  const database = new FakeDatabase()
  const clock = { now: start }
  const store = database.store({ touchInterval: minute, clock: () => clock.now, ...options })
  const row = { expired: start + 60 * minute }
  const answer = { refuses: false }
  database.answer = ({ text }) => {
    if (answer.refuses) throw new Error('refused')
    return text.startsWith('select') ? [{ sid: 'a', sess: JSON.stringify(until(row.expired)), expired: row.expired }] : 1
  }
  await store.ready
  const moved = () =>
    database.sent.filter(({ text }) => text.startsWith('update')).map(({ bindings }) => (Number(bindings[0]) - start) / minute)
  const set = (minutes: number) => store.set('a', until(start + minutes * minute))
  const touch = (minutes: number) => store.touch('a', until(start + minutes * minute))
  return { answer, clock, row, store, moved, set, touch }
}

describe('with a `touchInterval`, a touch', () => {
  it('is answered without the database when it moves a session by less that was set', async () => {
    const { moved, set, touch } = await storeWith()
    await set(60)
    await touch(60)
    await touch(60.99)
    expect(moved()).toEqual([])
    await touch(61)
    expect(moved()).toEqual([61])
  })

  it('is answered without the database when it moves a session by less that was read', async () => {
    const { moved, store, touch } = await storeWith()
    await store.get('a')
    await touch(60.5)
    expect(moved()).toEqual([])
    await touch(61.5)
    expect(moved()).toEqual([61.5])
  })

  it('counts from the expiry that was written last, so that many small steps are no long way', async () => {
    const { moved, set, touch } = await storeWith()
    await set(60)
    for (const minutes of [60.4, 60.8, 61.2, 61.6, 62, 62.4]) await touch(minutes)
    expect(moved()).toEqual([61.2, 62.4])
  })

  it('is written when it shortens the life of the session', async () => {
    const { moved, set, touch } = await storeWith()
    await set(60)
    await touch(59.9)
    await touch(5)
    expect(moved()).toEqual([59.9, 5])
  })

  it('is written when the store has neither set nor read the session', async () => {
    const { moved, touch } = await storeWith()
    await touch(60)
    expect(moved()).toEqual([60])
  })

  it('is written when the session has expired, which the database decides', async () => {
    const { clock, moved, set, touch } = await storeWith()
    await set(1)
    clock.now += minute
    await touch(1.5)
    expect(moved()).toEqual([1.5])
  })

  it('is written after the session was destroyed, or all were: there may be another one', async () => {
    const { moved, set, store, touch } = await storeWith()
    await set(60)
    await store.destroy('a')
    await touch(60)
    await set(60)
    await store.clear()
    await touch(60.5)
    expect(moved()).toEqual([60, 60.5])
  })

  it.each(['set', 'touch'] as const)('is written after a %s that was called before and is not answered', async (kind) => {
    const calls = await storeWith({ touchInterval: 5 * minute })
    await calls.set(60)
    const shorter = calls[kind](1)
    await Promise.all([shorter, calls.touch(61)])
    await calls.touch(62)
    await calls.touch(66)
    expect(calls.moved()).toEqual([61, 66])
  })

  it.each(['set', 'touch'] as const)('is written after a %s that was called while a read was under way', async (kind) => {
    const calls = await storeWith({ touchInterval: 5 * minute })
    await calls.set(60)
    const read = calls.store.get('a')
    await Promise.all([calls[kind](1), read])
    await calls.touch(60)
    expect(calls.moved()).toEqual(kind === 'set' ? [60] : [1, 60])
  })

  it('is written after one that failed', async () => {
    const { answer, moved, set, touch } = await storeWith({ timeout: 200 })
    await set(60)
    answer.refuses = true
    await expect(touch(62)).rejects.toMatchObject({ code: 'ERR_DATABASE' })
    answer.refuses = false
    await touch(62)
    expect(moved()).toEqual([62, 62])
  })

  it('is written after a set that failed', async () => {
    const { answer, moved, set, touch } = await storeWith({ timeout: 200 })
    answer.refuses = true
    await expect(set(60)).rejects.toMatchObject({ code: 'ERR_DATABASE' })
    answer.refuses = false
    await touch(60)
    expect(moved()).toEqual([60])
  })
})

it('without a `touchInterval` every touch is written', async () => {
  const { moved, set, touch } = await storeWith({ touchInterval: 0 })
  await set(60)
  await touch(60)
  await touch(60)
  expect(moved()).toEqual([60, 60])
})
