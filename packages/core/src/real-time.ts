import { performance } from 'node:perf_hooks'
import { nextTick } from 'node:process'
import * as timers from 'node:timers'
import { setTimeout as delay } from 'node:timers/promises'

/** What @sinonjs/fake-timers, and so jest and vitest, leave on each function that they put in place of another. */
const isReplaced = (each: object): boolean => 'clock' in each

/** A clock and timers. */
export interface RealTime {
  /** Ms on a clock that nobody sets. */
  now(): number
  delay(ms: number, value?: undefined, options?: { readonly ref?: boolean }): Promise<void>
  readonly setTimeout: typeof timers.setTimeout
  readonly clearTimeout: typeof timers.clearTimeout
  readonly setInterval: typeof timers.setInterval
  readonly clearInterval: typeof timers.clearInterval
  readonly setImmediate: typeof timers.setImmediate
  readonly nextTick: typeof nextTick
}

/**
 * Node.js's own clock and timers, as they were when this was loaded: an application's tests may put others in place of the global ones
 * later, which stand still (fake timers) or are of another kind (jsdom), and the store is to answer all the same.
 */
export const realTime: RealTime = {
  now: performance.now.bind(performance),
  delay,
  setTimeout: timers.setTimeout,
  clearTimeout: timers.clearTimeout,
  setInterval: timers.setInterval,
  clearInterval: timers.clearInterval,
  setImmediate: timers.setImmediate,
  // Where it was replaced before, as by jest's `fakeTimers: { enableGlobally: true }`, the next best.
  nextTick: isReplaced(nextTick) ? timers.setImmediate : nextTick,
}
