import type { CoalescerSpec } from './spec.js'
import { realTime } from '../real-time.js'
import type { WaitingCalls } from './queue.js'

/** How long after calls were set aside it is looked whether they still have to be, and the longest time between two looks, in ms. */
const pauses = { first: 20, longest: 250 }

/** Looks now and then which of the calls that were set aside may leave, all of them at once. */
export class AsideWatch<Call, Result> {
  readonly #spec: Pick<CoalescerSpec<Call, Result>, 'stillHeldUp'>
  readonly #waiting: WaitingCalls<Call, Result>
  readonly #changed: () => void
  #watching = false
  #pause = pauses.first

  /** `changed` is called after each look. */
  constructor(spec: Pick<CoalescerSpec<Call, Result>, 'stillHeldUp'>, waiting: WaitingCalls<Call, Result>, changed: () => void) {
    this.#spec = spec
    this.#waiting = waiting
    this.#changed = changed
  }

  /** To be called when calls may have been set aside. */
  watch(): void {
    if (this.#watching || this.#waiting.aside.length === 0) return
    this.#watching = true
    // Not unref'd: somebody waits for what follows.
    realTime.setTimeout(() => void this.#look(), this.#pause)
  }

  async #look(): Promise<void> {
    const entries = [...this.#waiting.aside]
    const heldUp = entries.length > 0 ? await this.#spec.stillHeldUp?.(entries.map((entry) => entry.call)) : undefined
    this.#waiting.bringBack(entries.filter((_, place) => !heldUp?.has(place)))
    this.#pause = this.#waiting.aside.length === 0 ? pauses.first : Math.min(2 * this.#pause, pauses.longest)
    this.#watching = false
    this.#changed()
  }
}
