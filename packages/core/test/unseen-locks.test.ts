import { destroy, set, storeWith, touch } from './fake-store.js'
import { pass, useStandingClock } from './standing-clock.js'

/** The time of a call, in ms: a batch waits for a lock for a quarter of it. */
const timeout = 10_000
const lockTimeout = timeout / 4

/**
 * What a write may wait, in ms: for a batch that is under way, in one of its own, and while the
 * calls of that go one by one.
 */
const longest = 3 * lockTimeout + 100

useStandingClock()

/** A store whose server does not show the locks of these rows, as those that nobody has committed. */
function storeBeside(unseen: readonly string[], lanes: number, heldFor = 60_000) {
  const store = storeWith({ timeout, seesLocks: true, lanes })
  const until = performance.now() + heldFor
  for (const sid of unseen) store.table.locks.set(sid, { until, seen: false })
  return store
}

/** Lets time pass in steps in which a statement may begin and end. */
async function passInSteps(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) await pass(10)
}

/** Writes others, one every half second; resolves to how long each takes, in ms. */
async function durations(
  { write }: ReturnType<typeof storeWith>,
  count: number,
): Promise<readonly number[]> {
  const calls: { readonly heard: readonly unknown[]; readonly started: number; took: number }[] = []
  for (let passed = 0; passed < 500 * count + timeout; passed += 10) {
    if (passed % 500 === 0 && calls.length < count) {
      const heard = write(set(`other ${String(calls.length)}`))
      calls.push({ heard, started: performance.now(), took: Infinity })
    }
    await pass(10)
    for (const call of calls)
      if (call.heard.length > 0) call.took = Math.min(call.took, performance.now() - call.started)
  }
  expect(calls.map(({ heard }) => heard)).toEqual(calls.map(() => [0]))
  return calls.map(({ took }) => took)
}

const locked = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

describe('writes that wait for locks that nobody sees', () => {
  it.each([2, 4])('leave one of %d lanes to the others', async (lanes) => {
    const store = storeBeside(locked, lanes)
    const heard = []
    for (const sid of locked) {
      heard.push(store.write(set(sid)))
      await pass(1)
    }
    const took = await durations(store, 40)
    expect(Math.max(...took)).toBeLessThanOrEqual(longest)
    // Each of them is known by then.
    expect(Math.max(...took.slice(20))).toBeLessThan(100)
    for (const each of heard) expect(each).toHaveLength(1)
  })

  it('let others go between, where there is one lane', async () => {
    const store = storeBeside(['a', 'b'], 1)
    store.write(set('a'))
    await pass(1)
    store.write(set('b'))
    const took = await durations(store, 40)
    expect(Math.max(...took)).toBeLessThanOrEqual(longest)
  })

  it('let the others of their batch wait half of their time at most, however many they are', async () => {
    const store = storeBeside(locked, 1)
    for (const sid of locked) store.write(set(sid))
    const [took] = await durations(store, 1)
    expect(took).toBeLessThanOrEqual(longest)
  })

  it('take effect when the lock is gone, in the order of their session', async () => {
    const store = storeBeside(locked, 2, 7_000)
    const heard = locked.map((sid) => store.write(set(sid)))
    await pass(1)
    const later = locked.map((sid) => [store.write(touch(sid)), store.write(destroy(sid))])
    await passInSteps(7_600)
    expect(heard).toEqual(locked.map(() => [0]))
    expect(later).toEqual(locked.map(() => [[0], [1]]))
    expect(store.table.rows.size).toBe(0)
  })
})
