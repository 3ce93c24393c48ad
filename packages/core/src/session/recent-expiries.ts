import type { EpochMs } from '../dialect/index.js'

interface Known {
  /** The last change of the session that was called, among all changes of all sessions. */
  readonly place: number
  /** Changes that have not been answered. */
  underWay: number
  /** What the last change left, or a read found after it; `undefined` where that is not known. */
  expired: EpochMs | undefined
}

/**
 * The expiries this process has lately read or written, so that a touch which would move one only a little can be left out. Of a session of
 * which a change is under way nothing is known: neither what it will leave, nor whether a read sees it.
 * It answers no read and holds no session. Bounded, but for changes under way; the oldest entry goes first.
 */
export class RecentExpiries {
  readonly #most: number
  readonly #bySid = new Map<string, Known>()
  #place = 0
  #cleared = 0
  /** No later change was of a session that is kept in mind no longer. */
  #dropped = 0

  constructor(most: number) {
    this.#most = most
  }

  /** The last change that was called, for a read that is called now. */
  get place(): number {
    return this.#place
  }

  /** A change of a session is called; gives its place among all. */
  change(sid: string): number {
    const place = ++this.#place
    this.#keep(sid, { place, underWay: (this.#bySid.get(sid)?.underWay ?? 0) + 1, expired: undefined })
    return place
  }

  /** The change that was called at `place` is answered. `expired`: what it left, `undefined` where that is not known. */
  changed(sid: string, place: number, expired: EpochMs | undefined): void {
    const known = this.#bySid.get(sid)
    if (!known || place <= this.#cleared) return
    known.underWay--
    if (known.place === place) known.expired = expired
  }

  /** A read that was called at `place` is answered. */
  read(sid: string, place: number, expired: EpochMs): void {
    const known = this.#bySid.get(sid)
    if (known ? known.underWay > 0 || known.place > place : this.#dropped > place) return
    this.#keep(sid, { place: known?.place ?? place, underWay: 0, expired })
  }

  clear(): void {
    this.#bySid.clear()
    this.#cleared = this.#dropped = ++this.#place
  }

  /** Whether the expiry of a live session is known and would move later by less than `interval` ms. */
  movesLittle(sid: string, expired: EpochMs, now: EpochMs, interval: number): boolean {
    const known = this.#bySid.get(sid)?.expired
    return known !== undefined && known > now && expired >= known && expired - known < interval
  }

  #keep(sid: string, known: Known): void {
    this.#bySid.delete(sid)
    this.#bySid.set(sid, known)
    if (this.#bySid.size <= this.#most) return
    for (const [oldest, { place, underWay }] of this.#bySid) {
      if (underWay > 0) continue
      this.#bySid.delete(oldest)
      this.#dropped = Math.max(this.#dropped, place)
      return
    }
  }
}
