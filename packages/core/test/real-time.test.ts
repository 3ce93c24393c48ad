import type { realTime as RealTime } from '../src/time.js'

/** What a library for fake timers, or jsdom, puts in the place of Node.js's own. */
const others = {
  setTimeout: () => 1,
  setInterval: () => 1,
  setImmediate: () => 1,
  clearTimeout: () => undefined,
  clearInterval: () => undefined,
  queueMicrotask: () => undefined,
}

/** Loads the timers of core anew. */
function load(): typeof RealTime {
  let loaded: typeof RealTime | undefined
  jest.isolateModules(() => {
    loaded = jest.requireActual<{ realTime: typeof RealTime }>('../src/time').realTime
  })
  return loaded as typeof RealTime
}

/** Every timer once, in whatever order they go off. */
async function useAll({
  delay,
  setTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  nextTick,
}: typeof RealTime): Promise<void> {
  await delay(1)
  await new Promise<void>((done) => setTimeout(done, 1).ref())
  await new Promise<void>((done) => setImmediate(done))
  await new Promise<void>((done) => {
    nextTick(done)
  })
  await new Promise<void>((done) => {
    const interval = setInterval(() => {
      clearInterval(interval)
      done()
    }, 1).ref()
  })
}

describe('the timers of core', () => {
  afterEach(() => {
    jest.useRealTimers()
  })

  it('go on under fake timers, even if those were there first', async () => {
    const before = load()
    jest.useFakeTimers()
    const frozen = performance.now()
    const after = load()
    for (const time of [before, after]) {
      const started = time.now()
      await useAll(time)
      expect(time.now()).toBeGreaterThan(started)
    }
    expect(performance.now()).toBe(frozen)
  })

  it('are Node.js’s own if the global ones are others, as in jsdom', async () => {
    const originals = Object.keys(others).map((name) => [name, globalThis[name as never]] as const)
    try {
      Object.assign(globalThis, others)
      await useAll(load())
    } finally {
      for (const [name, original] of originals) Object.assign(globalThis, { [name]: original })
    }
  })
})
