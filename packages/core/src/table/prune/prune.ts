import { storeClosed } from '../../errors.js'
import { realTime } from '../../time.js'

/** The most rows of a step: one in a quiet moment delays a call by few ms. */
const mostRows = 50

/**
 * The rows of a step while calls come: few, for on SQLite all of them wait for it, and no fewer, for
 * each search costs PostgreSQL as much as a dozen rows.
 */
const fewestRows = 20

/**
 * The time for one row while calls come, in ms: at first 500 rows a second, far more than a busy
 * site has expire, and twice as many after each minute, so that a prune comes to its end under any
 * load.
 */
const pace = { first: 2, least: 1 / 4, halvedAfter: 60_000 }

/** The least pause after a step while calls come, as a part of the time that the step took. */
const leastPause = 1 / 4

/**
 * Deletes expired sessions in chunks, each a short transaction of its own, by hand or on a timer.
 * The timer is jittered between 50 and 150 %, so that many processes do not prune in step, and
 * never keeps the process alive.
 */
export class Pruner {
  readonly #deleteExpired: (limit: () => number) => AsyncIterator<number, void>
  readonly #isBusy: () => boolean
  #running: Promise<number> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #asked = false

  /**
   * `deleteExpired` deletes what is expired when it is called, a chunk of `limit()` rows each time
   * it is asked, and yields how many went with it. `isBusy`: whether a call of the store is under
   * way, or has come since this was last asked.
   */
  constructor(
    deleteExpired: (limit: () => number) => AsyncIterator<number, void>,
    isBusy: () => boolean,
  ) {
    this.#deleteExpired = deleteExpired
    this.#isBusy = isBusy
  }

  /**
   * Prunes after about `interval` ms, again and again, until `stop`. What a prune rejects with goes
   * to `onError`.
   */
  start(interval: number, onError: (error: Error) => void): void {
    if (interval === 0 || this.#stopped) return
    this.#timer = realTime
      .setTimeout(
        () => {
          this.#begin()
            .catch((error: unknown) => {
              // A store that is being closed ends a prune under way; that is no failure.
              if (!this.#stopped) realTime.nextTick(onError, error)
            })
            .finally(() => {
              this.start(interval, onError)
            })
        },
        interval * (0.5 + Math.random()),
      )
      .unref()
  }

  /** The timer of the next prune, if there is one. */
  get timer(): NodeJS.Timeout | undefined {
    return this.#timer
  }

  /** Whether the application waits for the run that is under way, rather than only the timer. */
  get asked(): boolean {
    return this.#asked
  }

  /**
   * Deletes what is expired now; resolves to the number of rows deleted. Calls that overlap share
   * one run. Rejects after `stop`.
   */
  prune(): Promise<number> {
    if (this.#stopped) return Promise.reject(storeClosed())
    this.#asked = true
    return this.#begin()
  }

  /**
   * Stops the timer; resolves when a run under way has ended: one that the application asked for to
   * its end, another with its chunk.
   */
  async stop(): Promise<void> {
    this.#stopped = true
    realTime.clearTimeout(this.#timer)
    await this.#running?.catch(() => undefined)
  }

  #begin(): Promise<number> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      this.#asked = false
    })
    return this.#running
  }

  /**
   * Step after step where nobody calls. Where calls come, small ones at a pace; a slow database gets
   * the larger steps that keep it.
   */
  async #run(): Promise<number> {
    // Calls that came before it began are no sign of others.
    this.#isBusy()
    let rows = mostRows
    const chunks = this.#deleteExpired(() => rows)
    let removed = 0
    const began = realTime.now()
    for (;;) {
      const started = realTime.now()
      const chunk = await chunks.next()
      if (chunk.done === true) return removed
      removed += chunk.value
      if (this.#stopped && !this.#asked) return removed
      const took = realTime.now() - started
      let pause = 0
      rows = mostRows
      if (this.#isBusy()) {
        const each = paceAfter(started - began)
        pause = Math.max(each * chunk.value - took, leastPause * took)
        const owed = Math.ceil(((1 + leastPause) * took) / each)
        rows = Math.min(Math.max(owed, fewestRows), mostRows)
      }
      await realTime.delay(pause, undefined, { ref: this.#asked })
    }
  }
}

/** The time for one row, `ms` after the prune began. */
function paceAfter(ms: number): number {
  return Math.max(pace.first / 2 ** Math.floor(ms / pace.halvedAfter), pace.least)
}
