import type { SessionStoreError } from './errors.js'
import { realTime } from './real-time.js'
import { backoff } from './retry.js'

/** What the store tells about a database that is out of reach. */
export interface Outage {
  /** False when the database has been out of reach for a second, true when it answers again. */
  readonly over: boolean
  /** Time since the first failure, in ms. */
  readonly ms: number
  /** The last failure. */
  readonly error: SessionStoreError
  /** All of this as one line. */
  readonly message: string
}

/** Reads and writes fail apart from each other where a server is read-only. */
export type Work = 'reads' | 'writes'

interface Waiting {
  readonly work: Work
  readonly deadline: number
  go(): void
  giveUp(error: SessionStoreError): void
}

const pauses = { first: 50, longest: 500 }

/** An outage shorter than this is not told, in ms: a connection that breaks now and then is none, nor is a failover within the second. */
const worthTelling = 1_000

/**
 * Keeps the peace while the database is out of reach: one attempt at a time goes out, 50 to 500 ms after the one before, whoever waits, and
 * the first that succeeds lets everybody go. Otherwise every lane of the store would knock, each knock with its stack in knex's log.
 * While nothing fails it does nothing.
 */
export class OutageWatch {
  readonly #tell: (outage: Outage) => void
  readonly #failing = new Set<Work>()
  #since = 0
  #failures = 0
  #told = false
  #error: SessionStoreError | undefined
  /** When the next attempt may start (`performance.now()`). */
  #next = 0
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #ended = false

  /** `tell` hears of every outage of more than a second twice, in a tick of its own: when it is noticed and when it is over. */
  constructor(tell: (outage: Outage) => void) {
    this.#tell = tell
  }

  /** Whether the last attempt at this work did not reach the database. */
  holds(work: Work): boolean {
    return !this.#ended && this.#failing.has(work)
  }

  /** The failure that holds this work up, if any. */
  errorOf(work: Work): SessionStoreError | undefined {
    return this.#failing.has(work) ? this.#error : undefined
  }

  /** Resolves when an attempt may start, which need not succeed; rejects with the last failure when the deadline has passed. */
  turn(work: Work, deadline: number): Promise<void> {
    return new Promise((go, giveUp) => {
      this.#waiting.push({ work, deadline, go, giveUp })
      this.#arm()
    })
  }

  /** An attempt that began at `started` did not reach the database. */
  failed(work: Work, error: SessionStoreError, started: number): void {
    const now = realTime.now()
    if (this.#failing.size === 0) {
      this.#since = now
      this.#failures = 0
    }
    this.#failing.add(work)
    // What was under way when the first one failed is no further attempt.
    if (started < this.#since && this.#failures > 0) return
    this.#error = error
    this.#next = now + backoff(pauses, ++this.#failures)
    if (this.#told || now - this.#since < worthTelling) return
    this.#told = true
    this.#report(false, error)
  }

  /** An attempt reached the database. */
  worked(work: Work): void {
    if (!this.#failing.delete(work)) return
    const waiting = this.#waiting
    this.#waiting = waiting.filter((each) => each.work !== work)
    for (const each of waiting) if (each.work === work) each.go()
    if (this.#failing.size > 0) {
      this.#tryAtOnce()
      return
    }
    if (!this.#told || !this.#error) return
    this.#told = false
    this.#report(true, this.#error)
  }

  /** Holds nothing up any more. */
  end(): void {
    this.#ended = true
    realTime.clearTimeout(this.#timer)
    for (const each of this.#waiting.splice(0)) each.go()
  }

  /** What failed for the same reason most likely works again as well. */
  #tryAtOnce(): void {
    this.#next = realTime.now()
    realTime.clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.length > 0) this.#arm()
  }

  #arm(): void {
    this.#timer ??= realTime.setTimeout(
      () => {
        this.#timer = undefined
        this.#letOneGo()
      },
      Math.max(this.#next - realTime.now(), 0),
    )
  }

  #letOneGo(): void {
    const now = realTime.now()
    const late = this.#waiting.filter(({ deadline }) => deadline <= now)
    if (late.length > 0) this.#waiting = this.#waiting.filter((each) => !late.includes(each))
    for (const each of late) each.giveUp(this.#error as SessionStoreError)
    if (now >= this.#next) {
      // Should this attempt hang, others go on trying.
      this.#next = now + backoff(pauses, this.#failures)
      this.#waiting.shift()?.go()
    }
    if (this.#waiting.length > 0) this.#arm()
  }

  #report(over: boolean, error: SessionStoreError): void {
    const ms = realTime.now() - this.#since
    const time = `${(ms / 1_000).toFixed(1)} s`
    const message = over
      ? `[knex-session] [${error.dialect ?? ''}] the database answers again, after ${time}`
      : `${error.message} (for ${time}; calls go on trying, each for as long as the option \`timeout\` allows)`
    realTime.nextTick(this.#tell, { over, ms, error, message })
  }
}
