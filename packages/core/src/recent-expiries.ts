import type { EpochMs } from './dialect/adapter.js'

/**
 * The expiries this process has lately read or written, so that a touch which would move one only a little can be left out.
 * It answers no read and holds no session. Bounded; the oldest entry goes first.
 */
export class RecentExpiries {
  readonly #most: number
  readonly #bySid = new Map<string, EpochMs>()

  constructor(most: number) {
    this.#most = most
  }

  remember(sid: string, expired: EpochMs): void {
    this.#bySid.delete(sid)
    this.#bySid.set(sid, expired)
    if (this.#bySid.size <= this.#most) return
    for (const oldest of this.#bySid.keys()) {
      this.#bySid.delete(oldest)
      return
    }
  }

  forget(sid: string): void {
    this.#bySid.delete(sid)
  }

  clear(): void {
    this.#bySid.clear()
  }

  /** Whether the expiry of a live session is known and would move later by less than `interval` ms. */
  movesLittle(sid: string, expired: EpochMs, now: EpochMs, interval: number): boolean {
    const known = this.#bySid.get(sid)
    return known !== undefined && known > now && expired >= known && expired - known < interval
  }
}
