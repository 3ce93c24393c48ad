import { performance } from 'node:perf_hooks'
import { nextTick } from 'node:process'
import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from 'node:timers'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * What @sinonjs/fake-timers, and so jest and vitest, leave on each function that they put in place
 * of another.
 */
const isReplaced = (each: object): boolean => 'clock' in each

/** A clock and timers. */
export interface RealTime {
  /** Ms on a clock that nobody sets. */
  now(): number
  delay(ms: number, value?: undefined, options?: { readonly ref?: boolean }): Promise<void>
  readonly setTimeout: typeof setTimeout
  readonly clearTimeout: typeof clearTimeout
  readonly setInterval: typeof setInterval
  readonly clearInterval: typeof clearInterval
  readonly setImmediate: typeof setImmediate
  readonly nextTick: typeof nextTick
}

/**
 * Node.js's own clock and timers, as they were when this was loaded: an application's tests may put
 * others in place of the global ones later, which stand still (fake timers) or are of another kind
 * (jsdom), and the store is to answer all the same.
 */
export const realTime: RealTime = {
  now: performance.now.bind(performance),
  delay,
  setTimeout,
  clearTimeout,
  setInterval,
  clearInterval,
  setImmediate,
  // Where it was replaced before, as by jest's `fakeTimers: { enableGlobally: true }`, the next
  // best.
  nextTick: isReplaced(nextTick) ? setImmediate : nextTick,
}

/** Looks at what has a deadline; says whether it wants to look again. */
type Sweep = (now: number) => boolean

/**
 * How exactly a time limit of `ms` is kept, in ms: a twentieth of it, 5 to 250, but a quarter at
 * most, so that half of a short one is left to try in. 0 is no limit.
 */
export function resolutionOf(ms: number): number {
  if (ms === 0) return 250
  return Math.min(Math.max(ms / 20, 5), ms / 4, 250)
}

/**
 * The one timer for all deadlines of a store: a timer for each call would cost more than a short
 * statement. It runs only while there is something to look at, and keeps no process alive.
 */
export class Ticker {
  /** How late the end of something may be noticed, in ms. */
  readonly resolution: number
  readonly #timeout: number
  readonly #sweeps = new Set<Sweep>()
  #timer: NodeJS.Timeout | undefined

  /** `timeout`: the most that one call may take, in ms; 0: no limit. */
  constructor(timeout: number) {
    this.#timeout = timeout
    this.resolution = resolutionOf(timeout)
  }

  /**
   * When the last statement for a call that is made now has to end (`performance.now()`);
   * `Infinity` for never. Its caller is told {@link resolution} later, so that nothing is done for
   * nobody.
   */
  deadline(): number {
    return this.#timeout === 0 ? Infinity : realTime.now() + this.#timeout - this.resolution
  }

  /**
   * Calls `sweep` at every tick for as long as it returns true. May be called again for one that is
   * watched.
   */
  watch(sweep: Sweep): void {
    this.#sweeps.add(sweep)
    this.#timer ??= realTime.setInterval(() => this.#tick(), this.resolution).unref()
  }

  #tick(): void {
    const now = realTime.now()
    for (const sweep of this.#sweeps) if (!sweep(now)) this.#sweeps.delete(sweep)
    if (this.#sweeps.size > 0) return
    realTime.clearInterval(this.#timer)
    this.#timer = undefined
  }
}

interface Limited {
  readonly end: number
  late(): void
}

/** Ends pieces of work that are not done by their time. */
export class TimeLimit {
  readonly #ticker: Ticker
  readonly #limited = new Set<Limited>()

  constructor(ticker: Ticker) {
    this.#ticker = ticker
  }

  /**
   * Settles as `work` does, or as `late()` does, which is called when `end` (`realTime.now()`,
   * `Infinity` for no end) has come first, or {@link endAll}.
   */
  apply<Result>(work: Promise<Result>, end: number, late: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const limited = { end, late: () => resolve(late()) }
      this.#limited.add(limited)
      if (end !== Infinity) this.#ticker.watch(this.#sweep)
      work.then(
        (result) => {
          this.#limited.delete(limited)
          resolve(result)
        },
        (error: unknown) => {
          this.#limited.delete(limited)
          reject(error)
        },
      )
    })
  }

  /** Whether there is nothing to end. */
  get isIdle(): boolean {
    return this.#limited.size === 0
  }

  /** Ends everything, whatever time it has left. */
  endAll(): void {
    this.#endThose(Infinity)
  }

  readonly #sweep = (now: number): boolean => {
    this.#endThose(now)
    return this.#limited.size > 0
  }

  #endThose(until: number): void {
    for (const limited of this.#limited) {
      if (limited.end > until) continue
      this.#limited.delete(limited)
      limited.late()
    }
  }
}

/**
 * Settles as `work` does, or rejects with `error()` when it has not settled within `ms`
 * milliseconds; 0 waits for ever. `background`: whether the process may end meanwhile. Default: no.
 */
export function withTimeout<Result>(
  ms: number,
  work: Promise<Result>,
  error: () => Error,
  background = false,
): Promise<Result> {
  if (ms === 0) return work
  return new Promise((resolve, reject) => {
    const timer = realTime.setTimeout(() => {
      reject(error())
    }, ms)
    if (background) timer.unref()
    work.then(resolve, reject).finally(() => {
      realTime.clearTimeout(timer)
    })
  })
}

/**
 * Exponential with full jitter above one half: between 50 and 100 % of the doubled pause, in ms.
 */
export function backoff(
  { first, longest }: { readonly first: number; readonly longest: number },
  failures: number,
): number {
  return Math.min(first * 2 ** (failures - 1), longest) * (0.5 + Math.random() / 2)
}

/** After this an attempt is made again, in ms. */
const closedFor = 60_000

/**
 * A faster way that the server may refuse. It is left for a minute then, and tried again: what made
 * it fail may be over.
 */
export class FastPath {
  #closedUntil = -Infinity
  #reported = false

  get isOpen(): boolean {
    return realTime.now() >= this.#closedUntil
  }

  /** `refusal`: what to warn of, once; none where the other way is as good. */
  close(refusal?: Error): void {
    this.#closedUntil = realTime.now() + closedFor
    if (!refusal || this.#reported) return
    this.#reported = true
    process.emitWarning(
      `${refusal.message.split('\n', 1)[0] ?? ''} (the store goes on in a slower way, and tries this one again every minute)`,
    )
  }
}
