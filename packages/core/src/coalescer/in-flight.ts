import type { Carrier, Outcome } from './carrier.js'
import { giveUp, type Entry } from './entry.js'
import type { CallQueue } from './queue.js'

/** The batches that are under way, and what becomes of their calls. */
export class InFlight<Call, Result> {
  /** The batches, one per busy lane. */
  readonly batches: (readonly Entry<Call, Result>[])[] = []
  readonly #carrier: Carrier<Call, Result>
  readonly #queue: CallQueue<Call, Result>
  /** The result of those who joined a call that somebody made before them. */
  readonly #resultOfLater: ((result: Result, kind: string) => Result) | undefined
  readonly #ended: () => void

  /** `ended` is called when a batch has ended, and its callers have heard of it. */
  constructor(
    carrier: Carrier<Call, Result>,
    queue: CallQueue<Call, Result>,
    rules: { resultOfLater?(result: Result, kind: string): Result },
    ended: () => void,
  ) {
    this.#carrier = carrier
    this.#queue = queue
    this.#resultOfLater = rules.resultOfLater?.bind(rules)
    this.#ended = ended
  }

  /** Sends entries of one kind together. */
  async send(kind: string, entries: readonly Entry<Call, Result>[]): Promise<void> {
    this.batches.push(entries)
    const first = firstOf(entries)
    const end = await this.#carry(kind, entries, first)
    const over: Entry<Call, Result>[] = []
    const again: Entry<Call, Result>[] = []
    const blocked: Entry<Call, Result>[] = []
    for (let place = 0; place < entries.length; place++) {
      const entry = entries[place] as Entry<Call, Result>
      const setback = end.setbacks?.get(place)
      if (!setback) this.#succeed(entry, end.results[place] as Result)
      else if (setback.then === 'blocked') blocked.push(entry)
      else if (setback.then === 'single') entry.single = true
      else giveUp(entry, setback.then === 'outOfTime' ? first : Infinity, () => setback.error)
      if (setback && setback.then !== 'blocked' && entry.callers.length > 0) again.push(entry)
      else if (setback?.then !== 'blocked') over.push(entry)
    }
    // When the callers have heard: until then what they call at once queues behind the entries,
    // those too that go again.
    this.#queue.putBack(again)
    this.#queue.block(blocked)
    this.batches.splice(this.batches.indexOf(entries), 1)
    for (const entry of over) this.#queue.finish(entry)
    this.#ended()
  }

  /** Answers the callers whose time is up at `now`, of entries in flight and behind them. */
  giveUpLate(now: number, error: () => unknown): void {
    for (const entries of this.batches) {
      for (const entry of entries) {
        giveUp(entry, now, error)
        this.#queue.giveUpBehind(entry, now, error)
      }
    }
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
      if (this.#resultOfLater) heard = this.#resultOfLater(result, entry.kind)
    }
  }
}

/** The callers of an entry that is over; nobody joins it. */
const nobody: never[] = []

/** When the first of all callers gives up. */
function firstOf<Call, Result>(entries: readonly Entry<Call, Result>[]): number {
  let first = Infinity
  for (const { callers } of entries) first = Math.min(first, callers[0]?.deadline ?? Infinity)
  return first
}
