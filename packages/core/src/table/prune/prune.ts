import { storeClosed } from '../../errors.js'
import { realTime } from '../../time.js'

export { deleteExpired } from './expired-rows.js'
export { pruneSteps } from './steps.js'

/**
 * The time for one row, in ms: 8,700 rows a second are what a prune aims at, and no more. In short
 * steps with pauses it goes unnoticed, and half a million rows are gone within a minute.
 */
const pace = 11.5 / 100

/**
 * How far a prune may fall behind its pace and still catch up, in ms: a moment in which the
 * database was slow, not a minute.
 */
const mostBehind = 100

/**
 * The least pause after a chunk, as a part of the time that the chunk took: what a slow database
 * gets to breathe.
 */
const leastPause = 1 / 4

/**
 * Deletes expired sessions in chunks, each a short transaction of its own, by hand or on a timer.
 * The timer is jittered between 50 and 150 %, so that many processes do not prune in step, and
 * never keeps the process alive.
 */
export class Pruner {
  readonly #deleteExpired: () => AsyncIterator<number, void>
  #running: Promise<number> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #asked = false

  /**
   * `deleteExpired` deletes what is expired when it is called, a chunk each time it is asked, and
   * yields how many rows went with it.
   */
  constructor(deleteExpired: () => AsyncIterator<number, void>) {
    this.#deleteExpired = deleteExpired
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

  async #run(): Promise<number> {
    const chunks = this.#deleteExpired()
    let removed = 0
    let due = realTime.now()
    for (;;) {
      const started = realTime.now()
      const chunk = await chunks.next()
      if (chunk.done === true) return removed
      removed += chunk.value
      if (this.#stopped && !this.#asked) return removed
      const ended = realTime.now()
      due = Math.max(due, started - mostBehind) + pace * chunk.value
      await realTime.delay(Math.max(due - ended, leastPause * (ended - started)), undefined, {
        ref: this.#asked,
      })
    }
  }
}
