import type { Carrier } from './carrier.js'
import type { CallQueue } from './queue.js'
import { realTime } from '../time.js'

/**
 * How long after calls were blocked it is looked whether they still are, and the longest time
 * between two looks, in ms.
 */
const pauses = { first: 20, longest: 250 }

/** Looks now and then which of the blocked calls may leave, all of them at once. */
export class BlockedCalls<Call, Result> {
  readonly #carrier: Carrier<Call, Result>
  readonly #queue: CallQueue<Call, Result>
  readonly #changed: () => void
  #watching = false
  #pause = pauses.first

  /** `changed` is called after each look. */
  constructor(carrier: Carrier<Call, Result>, queue: CallQueue<Call, Result>, changed: () => void) {
    this.#carrier = carrier
    this.#queue = queue
    this.#changed = changed
  }

  /** To be called when calls may have been blocked. */
  watch(): void {
    if (this.#watching || this.#queue.blocked.length === 0) return
    this.#watching = true
    const timer = realTime.setTimeout(() => void this.#look(), this.#pause)
    // Where somebody waits for what follows it must come.
    if (this.#queue.callers === 0) timer.unref()
  }

  async #look(): Promise<void> {
    const entries = this.#queue.blocked
    const blocked =
      entries.length > 0
        ? await this.#carrier.stillBlocked?.(entries.map((entry) => entry.call))
        : undefined
    const free = entries.filter((_, place) => !blocked?.has(place))
    this.#queue.unblock(free)
    // Where one may leave, the others may soon.
    this.#pause = free.length > 0 ? pauses.first : Math.min(2 * this.#pause, pauses.longest)
    this.#watching = false
    this.#changed()
  }
}
