import type { Outcome, Setback } from '../coalescer/coalescer.js'
import { sidOf, type SessionWrite } from '../session/writes.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { realTime } from '../time.js'
import { recoveryOf } from './recovery.js'

/** The longest that a write waits for a lock before the locked rows are looked for, in ms. */
const longestLimit = 2_500

/**
 * The locks of other clients: which rows they block, and which writes may wait for one that is not
 * seen, such as that of a row which another client has inserted and not committed. These hold all
 * lanes but one at most; a store of one lane tries them one after the other, and others between.
 */
export class RowLocks {
  readonly #gateway: SessionTableGateway
  readonly #limit: number
  readonly #lanes: number
  /** Writes that met a lock which is not seen, by sid. `mayGo`: they have been looked for since. */
  readonly #unseen = new Map<string, { readonly setback: Setback; mayGo: boolean }>()
  #underWay = 0
  /** Batches under way that may hold their lane. */
  #holding = 0

  /** `timeout`: the time of a call, in ms; 0: no limit. */
  constructor(gateway: SessionTableGateway, lanes: number, timeout: number) {
    this.#gateway = gateway
    this.#lanes = lanes
    this.#limit = timeout > 0 ? Math.min(timeout / 4, longestLimit) : longestLimit
  }

  /**
   * How long a statement waits for a lock, in ms: what fails for one has half of its time left at
   * least, for the others to go again. `sharers`: how many statements share that time.
   */
  limit(deadline: number, sharers: number): number {
    return Math.min(this.#limit, (deadline - realTime.now()) / 2) / sharers
  }

  /** What becomes of a batch that is not to leave now. */
  postponed(writes: readonly SessionWrite[]): Outcome<never> | undefined {
    const unseen = this.#unseenBy(writes)
    if (!unseen || (unseen.mayGo && this.#free > 0)) return undefined
    return { results: [], setbacks: new Map([[0, unseen.setback]]) }
  }

  /** A batch leaves; says whether it may hold its lane. */
  begin(writes: readonly SessionWrite[]): boolean {
    // One call that is under way by itself delays no other while it waits for a lock, and need not
    // tell the server how long it may, which takes that a tenth of a short write.
    const isLone = writes.length === 1 && this.#underWay === 0 && this.#lanes > 1
    const holds = isLone || this.#unseenBy(writes) !== undefined
    this.#underWay++
    if (holds) this.#holding++
    return holds
  }

  /** How a batch finds what it waits for: not, where it waits for as long as it has time. */
  lookingBy(holds: boolean): RowLocks['seen'] | undefined {
    return this.#gateway.canSkipLocked && !(holds && this.#lanes > 1) ? this.seen : undefined
  }

  /** A batch that left is over. */
  end(
    writes: readonly SessionWrite[],
    holds: boolean,
    setbacks: Outcome<unknown>['setbacks'],
  ): void {
    this.#underWay--
    if (holds) this.#holding--
    if (!setbacks && this.#unseen.size === 0) return
    for (const [place, write] of writes.entries()) {
      const { then, error } = setbacks?.get(place) ?? {}
      if (then === 'single' && recoveryOf(error).concerns === 'a locked row')
        this.#unseen.set(sidOf(write), { setback: { then: 'blocked', error }, mayGo: false })
      else this.#unseen.delete(sidOf(write))
    }
  }

  /** The places of blocked writes that are not to go yet. */
  readonly stillBlocked = async (writes: readonly SessionWrite[]): Promise<ReadonlySet<number>> => {
    const blocked = await this.seen(writes)
    const asked = new Set(writes.map(sidOf))
    for (const [sid, { mayGo }] of this.#unseen)
      if (mayGo && !asked.has(sid)) this.#unseen.delete(sid)
    let free = this.#free
    for (const [place, write] of writes.entries()) {
      const unseen = this.#unseen.get(sidOf(write))
      if (!unseen || blocked.has(place)) continue
      unseen.mayGo = free-- > 0
      if (!unseen.mayGo) blocked.add(place)
    }
    return blocked
  }

  /** The places of writes whose rows another client has locked; none where that cannot be told. */
  readonly seen = async (writes: readonly SessionWrite[]): Promise<Set<number>> => {
    const deadline = realTime.now() + this.#limit
    const found = new Set<number>()
    try {
      for (const purpose of ['update', 'delete'] as const) {
        const asked = [...writes.entries()].filter(
          ([, { kind }]) => (kind === 'destroy') === (purpose === 'delete'),
        )
        if (asked.length === 0) continue
        const sids = asked.map(([, write]) => sidOf(write))
        const locked = await this.#gateway.locked(sids, purpose, deadline)
        for (const [place, write] of asked) if (locked.includes(sidOf(write))) found.add(place)
      }
    } catch {
      found.clear()
    }
    return found
  }

  /** How many more batches may hold their lane. */
  get #free(): number {
    return Math.max(this.#lanes - 1, 1) - this.#holding
  }

  #unseenBy(writes: readonly SessionWrite[]) {
    const [write] = writes
    if (this.#unseen.size === 0 || writes.length > 1 || !write) return undefined
    return this.#unseen.get(sidOf(write))
  }
}
