import { AsideWatch } from './aside-watch.js'
import { BatchesInFlight } from './in-flight.js'
import { CallerDeadlines } from './caller-deadlines.js'
import type { Callback } from '../store/callback.js'
import type { CoalescerSpec } from './spec.js'
import { realTime } from '../real-time.js'
import { WaitingCalls } from './queue.js'

/** Fewer calls than this are not worth a second statement. */
const fewestToSplit = 16

/** So many batches of one call in a row say that callers come one at a time. */
const oneAtATime = 8

/**
 * Joins calls that overlap into batches. It knows no SQL, no sessions and no time but the callers' deadlines.
 *
 * The rule of dispatch: a call that finds a free lane leaves at the end of the current turn of the event loop at the latest, so a lone
 * caller waits for nothing and calls made together travel together; while every lane is busy calls gather, and a lane that becomes free
 * takes the kind that has waited longest and as many of its entries as one batch holds. Many that leave when nothing is in flight leave in
 * two batches.
 *
 * What a batch does has to end just before the first of its callers gives up, so that nothing is done for a caller who was told that it
 * failed. The callers of the batch who have more time left wait for another one then.
 *
 * A call that something outside holds up, a lock for example, is set aside until that is over or its callers give up. It takes no lane.
 */
export class Coalescer<Call, Result> {
  readonly #spec: CoalescerSpec<Call, Result>
  readonly #waiting: WaitingCalls<Call, Result>
  readonly #aside: AsideWatch<Call, Result>
  readonly #deadlines: CallerDeadlines<Call, Result>
  readonly #inFlight: BatchesInFlight<Call, Result>
  /** Batches of one call, since one of several. */
  #lone = 0
  #scheduled = false
  #drained: (() => void)[] = []

  constructor(spec: CoalescerSpec<Call, Result>) {
    this.#spec = spec
    const goOn = () => this.#goOn()
    const waiting = new WaitingCalls(spec, (key) => this.#inFlight.entryOf(key))
    this.#waiting = waiting
    this.#inFlight = new BatchesInFlight(spec, waiting, goOn)
    this.#aside = new AsideWatch(spec, waiting, goOn)
    this.#deadlines = new CallerDeadlines(spec, { waiting, batches: this.#inFlight.all }, goOn)
  }

  /** Whether nothing waits and nothing is in flight. */
  get idle(): boolean {
    return this.#waiting.callers === 0 && this.#inFlight.all.length === 0
  }

  get #atRest(): boolean {
    return this.#inFlight.all.length === 0 && this.#waiting.onlyHeld
  }

  /** Adds a call; `done` hears its outcome once, at the latest after the timeout, and must not throw. */
  add(key: string, call: Call, done: Callback<Result>): void {
    if (this.#waiting.callers >= this.#spec.maxQueue) {
      done(this.#spec.queueFull())
      return
    }
    try {
      this.#waiting.add(key, { call, deadline: this.#deadlines.next(), done, settled: false })
    } catch (error) {
      done(error)
      return
    }
    this.#schedule()
    this.#aside.watch()
    this.#deadlines.watch()
  }

  /** From now on calls wait, until {@link release}. May be called again before that: each release lets go those of one hold. */
  hold(): void {
    this.#waiting.hold()
  }

  /** Lets go the calls that were added after the oldest hold, and before the next. */
  release(): void {
    this.#waiting.release()
    this.#goOn()
  }

  /** Resolves when nothing is in flight and nothing waits but what is held. */
  drain(): Promise<void> {
    if (this.#atRest) return Promise.resolve()
    return new Promise((resolve) => {
      this.#drained.push(resolve)
    })
  }

  /**
   * A batch waits for the turn of the event loop to end, so that the answers of several lanes that arrive together are heard first, and so
   * that requests that arrive together, each in a callback of its own, share one batch in place of several small ones. Callers who come one
   * at a time have nobody to wait for: theirs leaves in a tick, a few microseconds earlier.
   */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight.all.length >= this.#spec.lanes) return
    this.#scheduled = true
    const dispatch = () => {
      this.#scheduled = false
      this.#dispatch()
    }
    if (this.#inFlight.all.length === 0 && this.#lone >= oneAtATime) realTime.nextTick(dispatch)
    else realTime.setImmediate(dispatch)
  }

  #dispatch(): void {
    while (this.#inFlight.all.length < this.#spec.lanes) {
      const kind = this.#waiting.longestWaiting()
      if (kind === undefined) return
      const queue = this.#waiting.queueOf(kind)
      this.#deadlines.dropLate(queue)
      const entries = this.#waiting.take(kind, Math.min(this.#share(queue.length), this.#spec.size(kind)))
      if (entries.length === 0) {
        this.#rest()
        continue
      }
      this.#lone = entries.length === 1 ? this.#lone + 1 : 0
      void this.#inFlight.send(kind, entries)
    }
  }

  /**
   * How many of those that wait leave together. When nothing is in flight, many go in two halves: from then on one half is with the database
   * while this process works on the answers of the other, where one batch would have each of them wait for the other.
   */
  #share(waiting: number): number {
    const splits = this.#inFlight.all.length === 0 && this.#spec.lanes > 1 && waiting >= fewestToSplit
    return splits ? Math.ceil(waiting / 2) : waiting
  }

  #goOn(): void {
    this.#schedule()
    this.#aside.watch()
    this.#rest()
  }

  #rest(): void {
    if (!this.#atRest) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}
