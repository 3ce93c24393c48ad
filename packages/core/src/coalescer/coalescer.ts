import { BlockedCalls } from './blocked-calls.js'
import type { Carrier, Outcome } from './carrier.js'
import { giveUp, type Caller, type Entry } from './entry.js'
import { CallQueue } from './queue.js'
import type { CoalescerRules, Counts, QueueStats } from './rules.js'
import { realTime, type Ticker } from '../time.js'

export type { Carrier, Outcome, Setback } from './carrier.js'
export type { Callback, Caller } from './entry.js'
export type { CoalescerRules, Counts, QueueStats } from './rules.js'

/** Fewer calls than this are not worth a second statement. */
const fewestToSplit = 16

/** So many batches of one call in a row say that callers come one at a time. */
const oneAtATime = 8

/** The callers of an entry that is over; nobody joins it. */
const nobody: never[] = []

/**
 * Joins calls that overlap into batches. It knows no SQL, no sessions and no time but the callers'
 * deadlines.
 *
 * The rule of dispatch: a call that finds a free lane leaves at the end of the current turn of the
 * event loop at the latest, so a lone caller waits for nothing and calls made together travel
 * together; while every lane is busy calls gather, and a lane that becomes free takes the kind that
 * has waited longest and as many of its entries as one batch holds. Many that leave when nothing is
 * in flight leave in two batches.
 *
 * What a batch does has to end by the first deadline of its callers, who are told soon after it, so
 * that nothing is done for a caller who was told that it failed. The callers of the batch who have
 * more time left wait for another one then.
 *
 * A call that waits for a lock outside is blocked until that is gone or its callers give up. It
 * takes no lane.
 */
export class Coalescer<Call, Result> {
  readonly #carrier: Carrier<Call, Result>
  readonly #rules: CoalescerRules<Call, Result>
  readonly #ticker: Ticker
  readonly #queue: CallQueue<Call, Result>
  /** The batches under way, one per busy lane. */
  readonly #inFlight: (readonly Entry<Call, Result>[])[] = []
  readonly #blocked: BlockedCalls<Call, Result>
  readonly #counts: Counts
  /** Batches of one call, since one of several. */
  #lone = 0
  #scheduled = false
  #isOpen: boolean
  #isWatched = false
  #drained: (() => void)[] = []

  /** `isOpen`: false where calls are to wait for {@link open}. Default: true. */
  constructor(
    carrier: Carrier<Call, Result>,
    rules: CoalescerRules<Call, Result>,
    ticker: Ticker,
    isOpen = true,
  ) {
    this.#carrier = carrier
    this.#rules = rules
    this.#counts = rules.counts ?? { calls: 0, batches: 0 }
    this.#ticker = ticker
    this.#isOpen = isOpen
    this.#queue = new CallQueue(rules)
    this.#blocked = new BlockedCalls(carrier, this.#queue, () => this.#goOn())
  }

  /** Whether nothing waits and nothing is in flight. */
  get idle(): boolean {
    return this.#queue.callers === 0 && this.#inFlight.length === 0
  }

  /** What is to be seen of it now. */
  get stats(): QueueStats {
    const { callers: waiting } = this.#queue
    return { ...this.#counts, waiting, inFlight: this.#inFlight.length }
  }

  /** Adds a call; its caller hears the outcome, at the latest when the time is up. */
  add(key: string, call: Call, caller: Caller<Result>): void {
    if (this.#queue.callers >= this.#rules.maxQueue) {
      caller.done(this.#rules.queueFull())
      return
    }
    this.#counts.calls++
    this.#queue.add(key, call, caller)
    this.#schedule()
    if (this.#isWatched || caller.deadline === Infinity) return
    this.#isWatched = true
    this.#ticker.watch(this.#sweep)
  }

  /** Lets calls leave that waited for this. */
  open(): void {
    this.#isOpen = true
    this.#goOn()
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drain(): Promise<void> {
    if (this.idle) return Promise.resolve()
    return new Promise((resolve) => {
      this.#drained.push(resolve)
    })
  }

  /**
   * A batch waits for the turn of the event loop to end, so that the answers of several lanes that
   * arrive together are heard first, and so that requests that arrive together, each in a callback
   * of its own, share one batch in place of several small ones. Callers who come one at a time have
   * nobody to wait for: theirs leaves in a tick, a few microseconds earlier.
   */
  #schedule(): void {
    const inFlight = this.#inFlight.length
    if (this.#scheduled || !this.#isOpen || inFlight >= this.#rules.lanes) return
    this.#scheduled = true
    if (inFlight === 0 && this.#lone >= oneAtATime) realTime.nextTick(this.#dispatch)
    else realTime.setImmediate(this.#dispatch)
  }

  readonly #dispatch = (): void => {
    this.#scheduled = false
    while (this.#inFlight.length < this.#rules.lanes) {
      const kind = this.#queue.longestWaiting()
      if (kind === undefined) break
      // What would have to end as soon as it has left.
      this.#queue.giveUpFirst(kind, realTime.now() + this.#ticker.resolution, () =>
        this.#rules.timedOut(),
      )
      const most = Math.min(this.#share(this.#queue.lengthOf(kind)), this.#rules.size(kind))
      const entries = this.#queue.take(kind, most)
      if (entries.length === 0) continue
      this.#counts.batches++
      this.#lone = entries.length === 1 ? this.#lone + 1 : 0
      void this.#send(kind, entries)
    }
    this.#rest()
  }

  /**
   * How many of those that wait leave together. When nothing is in flight, many go in two halves:
   * from then on one half is with the database while this process works on the answers of the
   * other, where one batch would have each of them wait for the other.
   */
  #share(waiting: number): number {
    const splits = this.#inFlight.length === 0 && this.#rules.lanes > 1 && waiting >= fewestToSplit
    return splits ? Math.ceil(waiting / 2) : waiting
  }

  /** Sends entries of one kind together. */
  async #send(kind: string, entries: readonly Entry<Call, Result>[]): Promise<void> {
    this.#inFlight.push(entries)
    const first = firstOf(entries)
    const { results, setbacks } = await this.#carry(kind, entries, first)
    for (let place = 0; place < entries.length; place++) {
      const entry = entries[place] as Entry<Call, Result>
      const setback = setbacks?.get(place)
      if (!setback) this.#succeed(entry, results[place] as Result)
      else if (setback.then === 'single') entry.single = true
      else if (setback.then !== 'blocked')
        giveUp(entry, setback.then === 'outOfTime' ? first : Infinity, () => setback.error)
    }
    // When the callers have heard: until then what they call at once queues behind the entries,
    // those too that go again.
    if (setbacks) {
      const isBlocked = (place: number) => setbacks.get(place)?.then === 'blocked'
      const isAgain = ({ callers }: Entry<Call, Result>, place: number) =>
        callers.length > 0 && !isBlocked(place)
      this.#queue.putBack(entries.filter(isAgain))
      this.#queue.block(entries.filter((_, place) => isBlocked(place)))
    }
    for (const entry of entries) if (entry.isInFlight) this.#queue.finish(entry)
    this.#inFlight.splice(this.#inFlight.indexOf(entries), 1)
    this.#goOn()
  }

  async #carry(
    kind: string,
    entries: readonly Entry<Call, Result>[],
    deadline: number,
  ): Promise<Outcome<Result>> {
    try {
      return await this.#carrier.carry(
        kind,
        entries.map((entry) => entry.call),
        deadline,
      )
    } catch (error) {
      return {
        results: [],
        setbacks: new Map(entries.map((_, place) => [place, { then: 'fail', error }])),
      }
    }
  }

  #succeed(entry: Entry<Call, Result>, result: Result): void {
    const { callers } = entry
    entry.callers = nobody
    let heard = result
    for (const caller of callers) {
      caller.done(null, heard)
      heard = this.#rules.resultOfLater?.(result, entry.kind) ?? result
    }
  }

  /** Gives up for the callers whose time is up, wherever their call is. */
  readonly #sweep = (now: number): boolean => {
    if (this.idle) {
      this.#isWatched = false
      return false
    }
    const error = () => this.#rules.timedOut()
    const late = now - this.#ticker.resolution
    for (const entry of this.#inFlight.flat()) {
      giveUp(entry, late, error)
      this.#queue.giveUpBehind(entry, late, error)
    }
    this.#queue.giveUpLate(late, error)
    this.#goOn()
    return true
  }

  #goOn(): void {
    this.#schedule()
    this.#blocked.watch()
    this.#rest()
  }

  #rest(): void {
    if (!this.idle) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}

/** When the first of all callers gives up. */
function firstOf<Call, Result>(entries: readonly Entry<Call, Result>[]): number {
  let first = Infinity
  for (const { callers } of entries) first = Math.min(first, callers[0]?.deadline ?? Infinity)
  return first
}
