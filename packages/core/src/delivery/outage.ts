import { ownError, withNote, type SessionStoreError } from '../errors.js'
import { backoff, realTime } from '../time.js'
import { recoveryOf } from './recovery.js'

/** What the store reports about a database that is out of reach. */
export interface Outage {
  /** False when the database has been unreachable for a second, true when it answers again. */
  readonly over: boolean
  /** Time since the first failure, in ms. */
  readonly ms: number
  /** The last failure. */
  readonly error: SessionStoreError
  /** All of this as one line. */
  readonly message: string
}

/** Reads can work while writes fail where a server is read-only. */
export type Work = 'reads' | 'writes'

interface WaitingWork {
  readonly work: Work
  /** Whether the process may end meanwhile. */
  readonly background: boolean
  readonly deadline: number
  go(): void
  giveUp(error: SessionStoreError): void
}

/** Work whose last attempt did not reach the database. */
interface Failing {
  /** The first failure since it last worked, or since nobody tried (`performance.now()`). */
  readonly since: number
  /** When it last failed, or when the time of somebody was up who waited for it. */
  last: number
  error: SessionStoreError
}

/**
 * An outage shorter than this is not reported, in ms: a connection that breaks now and then is
 * none, nor is a failover within the second.
 */
const worthReporting = 1_000

/**
 * Paces attempts while the database is out of reach. One attempt at a time is made, 50 to 500 ms
 * after the one before, and the first that succeeds lets all others go. Otherwise every lane of the
 * store would try by itself, and knex would log the stack of each failure. While nothing fails it
 * does nothing.
 */
export class OutageWatch {
  readonly #listener: (outage: Outage) => void
  readonly #failing = new Map<Work, Failing>()
  /** The first failure while nothing else failed. */
  #first = 0
  #failures = 0
  #recoveries = 0
  /** What was reported of the outage that is on. */
  #reported: { readonly since: number; readonly error: SessionStoreError } | undefined
  /** When the next attempt may start (`performance.now()`). */
  #next = 0
  #waiting: WaitingWork[] = []
  #timer: NodeJS.Timeout | undefined
  #ended = false

  /**
   * `listener` hears of every outage of more than a second twice, each time in a tick of its own:
   * when it is noticed and when it is over.
   */
  constructor(listener: (outage: Outage) => void) {
    this.#listener = listener
  }

  /** How often work that failed has reached the database again so far. */
  get recoveries(): number {
    return this.#recoveries
  }

  /** Whether the last attempt at this work did not reach the database. */
  isOutOfReach(work: Work): boolean {
    return !this.#ended && this.#failing.has(work)
  }

  /** Whether there is any work that did not reach the database. */
  get isAnyOutOfReach(): boolean {
    return this.#failing.size > 0
  }

  /** The failure for which this work waits, if there is one and it came after `since`. */
  errorOf(work: Work, since: number): SessionStoreError | undefined {
    const failing = this.#failing.get(work)
    return failing && failing.last >= since ? failing.error : undefined
  }

  /**
   * Resolves when an attempt may start, which need not succeed; rejects with the last failure when
   * the deadline has passed. `background`: whether the process may end meanwhile.
   */
  wait(work: Work, deadline: number, background: boolean): Promise<void> {
    return new Promise((go, giveUp) => {
      this.#waiting.push({ work, deadline, background, go, giveUp })
      this.#arm()
    })
  }

  /**
   * An attempt did not reach the database; `started`: when it began, or began to wait until it may.
   */
  failed(work: Work, error: SessionStoreError, started: number): void {
    const now = realTime.now()
    if (this.#failing.size === 0) {
      this.#first = now
      this.#failures = 0
    }
    const known = this.#failing.get(work)
    // Where nobody has tried for a while, the database may have been back in between.
    const since =
      known &&
      started - known.last <= Math.max(worthReporting, 2 * recoveryOf(known.error).pauses.longest)
        ? known.since
        : now
    // What was under way when the first attempt failed is counted with it.
    const isFurther = started >= this.#first || this.#failures === 0
    this.#failing.set(work, { since, last: now, error: known && !isFurther ? known.error : error })
    if (!isFurther) return
    this.#next = now + backoff(recoveryOf(error).pauses, ++this.#failures)
    if (this.#reported || now - since < worthReporting) return
    this.#reported = { since, error }
    this.#report(false, this.#reported)
  }

  /** An attempt reached the database. */
  recovered(work: Work): void {
    const isNew = this.#failing.delete(work)
    if (isNew) this.#recoveries++
    this.#forgetUntried()
    if (isNew) this.#letGo(work)
    if (this.#failing.size > 0) {
      if (isNew) this.#tryAtOnce()
      return
    }
    if (!this.#reported) return
    this.#report(true, this.#reported)
    this.#reported = undefined
  }

  /** Lets everybody go, now and from now on. */
  end(): void {
    this.#ended = true
    realTime.clearTimeout(this.#timer)
    for (const each of this.#waiting.splice(0)) each.go()
  }

  /**
   * Forgets the failures of work that nobody has tried for a while: the database answers, so that
   * it most likely works again. The next attempt will show.
   */
  #forgetUntried(): void {
    const now = realTime.now()
    for (const [work, { last }] of this.#failing) {
      if (now - last > worthReporting && !this.#waiting.some((each) => each.work === work))
        this.#failing.delete(work)
    }
  }

  #letGo(work: Work): void {
    const waiting = this.#waiting
    this.#waiting = waiting.filter((each) => each.work !== work)
    for (const each of waiting) if (each.work === work) each.go()
  }

  /** The database answers other work, so what still fails is tried without a pause. */
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
    if (this.#waiting.some(({ background }) => !background)) this.#timer.ref()
    else this.#timer.unref()
  }

  #letOneGo(): void {
    const now = realTime.now()
    const late = this.#waiting.filter(({ deadline }) => deadline <= now)
    if (late.length > 0) this.#waiting = this.#waiting.filter((each) => !late.includes(each))
    for (const each of late) {
      const failing = this.#failing.get(each.work) as Failing
      failing.last = now
      each.giveUp(failing.error)
    }
    // Where nobody is left, the next one that comes need not wait.
    const next = now >= this.#next ? this.#waiting.shift() : undefined
    if (next) {
      // Should this attempt hang, others go on trying.
      const { pauses } = recoveryOf(this.#failing.get(next.work)?.error)
      this.#next = now + backoff(pauses, this.#failures)
      next.go()
    }
    if (this.#waiting.length > 0) this.#arm()
  }

  #report(
    over: boolean,
    { since, error }: { readonly since: number; readonly error: SessionStoreError },
  ): void {
    const ms = realTime.now() - since
    const time = `${(ms / 1_000).toFixed(1)} s`
    const message = over
      ? `[knex-session] [${error.dialect ?? ''}] the database answers again, after ${time}`
      : withNote(
          error,
          `for ${time}; calls go on trying, each for as long as the option \`timeout\` allows`,
        )
    realTime.nextTick(this.#listener, {
      over,
      ms,
      error: ownError(error) as SessionStoreError,
      message,
    })
  }
}
