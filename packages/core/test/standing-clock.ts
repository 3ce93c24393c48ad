import timers from 'node:timers/promises'
import { realTime } from '../src/time.js'

/**
 * The clock and the timers that jest can make stand still, whichever are there when they are asked.
 */
const jests = {
  now: () => performance.now(),
  delay: (ms?: number) => new Promise((resolve) => setTimeout(() => resolve(undefined), ms)),
  setTimeout: (go: () => void, ms?: number) => setTimeout(go, ms),
  clearTimeout: (...given: Parameters<typeof clearTimeout>) => clearTimeout(...given),
  setInterval: (go: () => void, ms?: number) => setInterval(go, ms),
  clearInterval: (...given: Parameters<typeof clearInterval>) => clearInterval(...given),
}

/**
 * For the tests of a file the clock stands still until one lets time pass; the turns of the event
 * loop go on by themselves.
 */
export function useStandingClock(): void {
  const real = { ...realTime }
  beforeEach(() => {
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
    })
    Object.assign(realTime, jests)
  })
  afterEach(() => {
    Object.assign(realTime, real)
    jest.useRealTimers()
  })
}

/** A turn of the event loop, and all that was begun in it: a batch leaves at its end. */
export async function turn(): Promise<void> {
  await timers.setImmediate()
  await timers.setImmediate()
}

/** Lets so many ms pass. */
export async function pass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms)
  await turn()
}

/** Lets time pass until something has come. */
export async function until(hasCome: () => boolean): Promise<void> {
  for (let passed = 0; !hasCome(); passed += 5) {
    if (passed > 5_000) throw new Error('it never came')
    await pass(5)
  }
}
