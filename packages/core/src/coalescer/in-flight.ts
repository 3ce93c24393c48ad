import { deadlineOf, giveUp, remove, settle, type Batch, type Caller, type Entry } from './entry.js'
import type { CoalescerSpec } from './spec.js'
import { precisionOf } from '../statement/time-limit.js'
import type { WaitingCalls } from './queue.js'

/** Runs batches, and gives each caller of theirs what became of the call. */
export class BatchesInFlight<Call, Result> {
  /** The batches, one per busy lane. */
  readonly all: Batch<Call, Result>[] = []
  readonly #spec: CoalescerSpec<Call, Result>
  /** How long before the first caller gives up a batch has to end, in ms. */
  readonly #margin: number
  readonly #waiting: WaitingCalls<Call, Result>
  readonly #ended: () => void

  /** `ended` is called when a batch has ended, and its callers have heard of it. */
  constructor(spec: CoalescerSpec<Call, Result>, waiting: WaitingCalls<Call, Result>, ended: () => void) {
    this.#spec = spec
    this.#margin = precisionOf(spec.timeout)
    this.#waiting = waiting
    this.#ended = ended
  }

  /** The entry of an exclusive key that is in flight. */
  entryOf(key: string): Entry<Call, Result> | undefined {
    for (const { byKey } of this.all) {
      const entry = byKey?.get(key)
      if (entry) return entry
    }
    return undefined
  }

  /** Sends entries of one kind together. */
  async send(kind: string, entries: readonly Entry<Call, Result>[]): Promise<void> {
    const batch = this.#begin(entries)
    const calls = entries.map((entry) => entry.call)
    const first = entries.reduce((earliest, entry) => Math.min(earliest, deadlineOf(entry)), Infinity)
    const deadline = first - this.#margin
    const over: Entry<Call, Result>[] = []
    const apart: Entry<Call, Result>[] = []
    const again: Entry<Call, Result>[] = []
    const aside: Entry<Call, Result>[] = []
    const fail = (entry: Entry<Call, Result>, error: unknown) => {
      if (this.#spec.heldUp?.(error)) {
        aside.push(entry)
        return
      }
      const others = entry.callers.some((caller) => !caller.settled && caller.deadline > first)
      if (others && this.#spec.outOfTime?.(error, deadline)) {
        giveUp(entry, first, () => error)
        again.push(entry)
      } else if (entry.callers.length > 1 && this.#spec.separable?.(error)) apart.push(entry)
      else {
        for (const caller of entry.callers) settle(caller, error)
        over.push(entry)
      }
    }
    try {
      const { results, failures, alone } = await this.#spec.run(kind, calls, deadline)
      entries.forEach((entry, place) => {
        if (alone?.has(place)) void this.send(kind, [entry])
        else if (failures?.has(place)) fail(entry, failures.get(place))
        else {
          this.#succeed(entry, results[place] as Result)
          over.push(entry)
        }
      })
    } catch (error) {
      for (const entry of entries) fail(entry, error)
    }
    if (apart.length > 0) void this.#sendApart(apart)
    this.#waiting.putBack(again)
    this.#waiting.setAside(aside)
    this.#end(batch, over)
  }

  #begin(entries: readonly Entry<Call, Result>[]): Batch<Call, Result> {
    const byKey = this.#spec.exclusive ? new Map(entries.map((entry) => [entry.key, entry])) : undefined
    const batch = { entries, byKey }
    this.all.push(batch)
    return batch
  }

  /** To be called when the callers have heard: until then what they call at once queues behind the entries, those too that go again. */
  #end(batch: Batch<Call, Result>, over: readonly Entry<Call, Result>[]): void {
    remove(this.all, batch)
    for (const entry of over) this.#waiting.letNextLeave(entry)
    this.#ended()
  }

  /** Makes the calls of merged ones in the order they came; what is held up, and the rest of its entry, is set aside. */
  async #sendApart(entries: readonly Entry<Call, Result>[]): Promise<void> {
    const batch = this.#begin(entries)
    const aside = new Set<Entry<Call, Result>>()
    for (const entry of entries) {
      for (const caller of entry.callers) {
        if (aside.has(entry) || caller.settled) continue
        if (await this.#isHeldUp(caller)) aside.add(entry)
      }
    }
    this.#waiting.setAside([...aside])
    this.#end(
      batch,
      entries.filter((entry) => !aside.has(entry)),
    )
  }

  /** Makes one call, and tells its caller of the outcome, unless something holds the call up. */
  async #isHeldUp(caller: Caller<Call, Result>): Promise<boolean> {
    const fail = (error: unknown) => {
      const heldUp = this.#spec.heldUp?.(error) === true
      if (!heldUp) settle(caller, error)
      return heldUp
    }
    try {
      const { results, failures } = await this.#spec.run(this.#spec.kindOf(caller.call), [caller.call], caller.deadline - this.#margin)
      if (failures?.has(0)) return fail(failures.get(0))
      settle(caller, null, results[0] as Result)
      return false
    } catch (error) {
      return fail(error)
    }
  }

  #succeed(entry: Entry<Call, Result>, result: Result): void {
    const { callers } = entry
    const shared = callers.length > 1 ? this.#resultOfEach(entry, result) : undefined
    callers.forEach((caller, place) => settle(caller, null, shared ? (shared[place] as Result) : result))
  }

  #resultOfEach({ call, callers }: Entry<Call, Result>, result: Result): readonly Result[] | undefined {
    return this.#spec.share?.(
      call,
      callers.map((caller) => caller.call),
      result,
    )
  }
}
