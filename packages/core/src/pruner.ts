import { setTimeout as delay } from 'node:timers/promises'
import { toEpochMs, type EpochMs } from './dialect/adapter.js'

/** A row that the database takes for expired. `expired` is `undefined` where the cell says nothing that can be read: `0000-00-00` for example. */
export interface ExpiredRow {
  readonly sid: string
  readonly expired: EpochMs | undefined
}

/** What a {@link Pruner} deletes with. */
export interface PruneSteps {
  now(): EpochMs
  /** Up to `limit` expired rows, those that expired first, but none that expired before `from`. */
  expired(now: EpochMs, limit: number, from: EpochMs | undefined): Promise<readonly ExpiredRow[]>
  /** Deletes those of the sids that are still expired; resolves to how many. */
  remove(sids: readonly string[], now: EpochMs): Promise<number>
  /** How many expired rows are looked for at a time. */
  readonly find: number
  /** The most rows of one delete. */
  readonly most: number
}

/**
 * Where the next search begins, in ms before the last row found. It need not walk over what was deleted before, index entries that databases
 * clear away later; columns of older tables may hold an expiry to the second only.
 */
const coarsest = 1_000

/** The pause after a chunk is this many times as long as the chunk took: the database is left to everybody else meanwhile. */
const pauses = 2

/**
 * Deletes expired sessions in chunks, each a short transaction of its own, by hand or on a timer. The timer is jittered between 50 and
 * 150 %, so that many processes do not prune in step, and never keeps the process alive.
 */
export class Pruner {
  readonly #steps: PruneSteps
  #running: Promise<number> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(steps: PruneSteps) {
    this.#steps = steps
  }

  /** Prunes after about `interval` ms, again and again, until `stop`. What a prune rejects with goes to `onError`. */
  start(interval: number, onError: (error: Error) => void): void {
    if (interval === 0 || this.#stopped) return
    this.#timer = setTimeout(
      () => {
        this.prune()
          .catch((error: unknown) => {
            // A store that is being closed ends a prune under way; that is no failure.
            if (!this.#stopped) process.nextTick(onError, error)
          })
          .finally(() => {
            this.start(interval, onError)
          })
      },
      interval * (0.5 + Math.random()),
    ).unref()
  }

  /** Deletes what is expired now; resolves to the number of rows deleted. Calls that overlap share one run. */
  prune(): Promise<number> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Stops the timer; resolves when a run under way has ended its chunk. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running?.catch(() => undefined)
  }

  async #run(): Promise<number> {
    const { find } = this.#steps
    const now = this.#steps.now()
    let removed = 0
    let from: EpochMs | undefined
    for (;;) {
      const rows = await this.#steps.expired(now, find, from)
      const gone = await this.#removeAll(rows.map(({ sid }) => sid).sort(), now)
      removed += gone
      // None of many deleted means that all were renewed meanwhile: the next run finds what is left.
      if (rows.length < find || gone === 0 || this.#stopped) return removed
      const last = rows.at(-1)?.expired
      from = last === undefined ? undefined : toEpochMs(last - coarsest)
    }
  }

  async #removeAll(sids: readonly string[], now: EpochMs): Promise<number> {
    const { most } = this.#steps
    let removed = 0
    for (let start = 0; start < sids.length && !this.#stopped; start += most) {
      const started = performance.now()
      removed += await this.#steps.remove(sids.slice(start, start + most), now)
      await delay(pauses * (performance.now() - started))
    }
    return removed
  }
}
