import { deadlineOf, giveUp, type Batch, type Entry } from './entry.js'
import type { CoalescerSpec } from './spec.js'
import { realTime } from '../real-time.js'
import { precisionOf } from '../statement/time-limit.js'
import type { WaitingCalls } from './queue.js'

/** Where callers are found. */
interface Places<Call, Result> {
  readonly waiting: WaitingCalls<Call, Result>
  /** The batches in flight. */
  readonly batches: readonly Batch<Call, Result>[]
}

/**
 * Gives up for the callers whose time is up, wherever their call is. One timer for all of them: it stops when it finds nobody, rather than
 * with each last call, and keeps no process alive.
 */
export class CallerDeadlines<Call, Result> {
  /** How exactly time limits are kept, in ms. */
  readonly #precision: number
  readonly #spec: Pick<CoalescerSpec<Call, Result>, 'timeout' | 'timedOut'>
  readonly #places: Places<Call, Result>
  readonly #changed: () => void
  #sweeper: NodeJS.Timeout | undefined

  /** `changed` is called after callers were given up: other calls may leave, or none be left. */
  constructor(spec: Pick<CoalescerSpec<Call, Result>, 'timeout' | 'timedOut'>, places: Places<Call, Result>, changed: () => void) {
    this.#precision = precisionOf(spec.timeout)
    this.#spec = spec
    this.#places = places
    this.#changed = changed
  }

  /** When a caller gives up who calls now. */
  next(): number {
    return this.#spec.timeout > 0 ? realTime.now() + this.#spec.timeout : Infinity
  }

  /** To be called when there is a caller. */
  watch(): void {
    if (this.#spec.timeout > 0) this.#sweeper ??= realTime.setInterval(() => this.#sweep(), this.#precision).unref()
  }

  /** Drops what would have to end as soon as it has left. */
  dropLate(queue: Entry<Call, Result>[]): void {
    if (this.#spec.timeout === 0) return
    const soon = realTime.now() + 2 * this.#precision
    // Those behind the head have waited for less long.
    for (let head = queue[0]; head !== undefined && deadlineOf(head) <= soon; head = queue[0]) this.#giveUpWaiting(head, soon, queue)
  }

  #sweep(): void {
    const { waiting, batches } = this.#places
    if (waiting.callers === 0 && batches.length === 0) {
      realTime.clearInterval(this.#sweeper)
      this.#sweeper = undefined
      return
    }
    const now = realTime.now()
    for (const { entries } of batches) {
      for (const entry of entries) {
        this.#giveUp(entry, now)
        this.#giveUpNext(entry, now)
      }
    }
    for (const list of waiting.lists()) {
      for (const entry of [...list]) {
        this.#giveUpNext(entry, now)
        this.#giveUpWaiting(entry, now, list)
      }
    }
    this.#changed()
  }

  #giveUp(entry: Entry<Call, Result>, until: number): boolean {
    return giveUp(entry, until, () => this.#spec.timedOut())
  }

  /** For those that run after an entry. */
  #giveUpNext({ next }: Entry<Call, Result>, until: number): void {
    for (let entry = next; entry; entry = entry.next) if (this.#giveUp(entry, until)) this.#places.waiting.forgetSettled(entry)
  }

  /** For an entry that has not left; it is dropped when nobody waits for it any more. */
  #giveUpWaiting(entry: Entry<Call, Result>, until: number, list: Entry<Call, Result>[]): void {
    const { waiting } = this.#places
    this.#giveUp(entry, until)
    // Also when it was told before: an entry whose first caller is late would be looked at for ever.
    if (entry.callers[0]?.settled) waiting.forgetSettled(entry)
    if (entry.callers.every((caller) => caller.settled)) waiting.drop(entry, list)
  }
}
