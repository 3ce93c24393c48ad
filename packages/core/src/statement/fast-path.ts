import { realTime } from '../time.js'

/** After this an attempt is made again, in ms. */
const pause = 60_000

/** A faster way that the server may refuse. It is left for a minute then, and tried again: what made it fail may be over. */
export class FastPath {
  #closedUntil = -Infinity
  #told = false

  get isOpen(): boolean {
    return realTime.now() >= this.#closedUntil
  }

  /** `refusal`: what to warn of, once; none where the other way is as good. */
  close(refusal?: Error): void {
    this.#closedUntil = realTime.now() + pause
    if (!refusal || this.#told) return
    this.#told = true
    process.emitWarning(`${refusal.message} (the store goes on in a slower way, and tries this one again every minute)`)
  }
}
