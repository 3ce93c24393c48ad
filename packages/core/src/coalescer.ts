import type { Callback } from './callback.js'
import type { CoalescerSpec } from './coalescer-spec.js'
import { precisionOf } from './time-limit.js'

/** Fewer calls than this are not worth a second statement. */
const fewestToSplit = 16

/** So many batches of one call in a row say that callers come one at a time. */
const oneAtATime = 8

interface Caller<Call, Result> {
  readonly call: Call
  readonly deadline: number
  readonly done: Callback<Result>
  settled: boolean
}

/** One call of a batch, and everybody who waits for it. */
interface Entry<Call, Result> {
  readonly key: string
  call: Call
  kind: string
  readonly callers: Caller<Call, Result>[]
  /** Grows with every entry: the smallest has waited longest. */
  readonly order: number
  /** The entry of the same key that runs after this one. */
  next: Entry<Call, Result> | undefined
}

interface Batch<Call, Result> {
  readonly entries: readonly Entry<Call, Result>[]
  /** Its entries by their keys, where keys are exclusive. */
  readonly byKey: ReadonlyMap<string, Entry<Call, Result>> | undefined
}

/**
 * Joins calls that overlap into batches. It knows no SQL, no sessions and no time but the callers' deadlines.
 *
 * The rule of dispatch: a call that finds a free lane leaves at the end of the current turn of the event loop at the latest, so a lone
 * caller waits for nothing and calls made together travel together; while every lane is busy calls gather, and a lane that becomes free
 * takes the kind that has waited longest and as many of its entries as one batch holds. Many that leave when nothing is in flight leave in
 * two batches.
 *
 * Entries live in arrays and in maps that are dropped whole. In one map that lives on, with entries coming and going, V8 makes a new table
 * now and then; the dead one, once it is old, keeps what it points to, the new table among it, from dying young: half of all garbage.
 *
 * What a batch does has to end just before the first of its callers gives up, so that nothing is done for a caller who was told that it
 * failed. The callers of the batch who have more time left wait for another one then.
 */
export class Coalescer<Call, Result> {
  readonly #spec: CoalescerSpec<Call, Result>
  /** How exactly time limits are kept, in ms. */
  readonly #precision: number
  /** Entries that may leave, per kind, oldest first. */
  readonly #ready = new Map<string, Entry<Call, Result>[]>()
  /** The last waiting entry of each key: the one a further call merges into or queues behind. */
  #waiting = new Map<string, Entry<Call, Result>>()
  /** Entries that may not leave yet, a group for each {@link hold}, oldest first. */
  readonly #held: Entry<Call, Result>[][] = []
  /** The batches in flight, one per busy lane. */
  readonly #batches: Batch<Call, Result>[] = []
  /** Batches of one call, since one of several. */
  #lone = 0
  #order = 0
  #queued = 0
  #scheduled = false
  #sweeper: NodeJS.Timeout | undefined
  #drained: (() => void)[] = []

  constructor(spec: CoalescerSpec<Call, Result>) {
    this.#spec = spec
    this.#precision = precisionOf(spec.timeout)
  }

  /** Whether nothing waits and nothing is in flight. */
  get idle(): boolean {
    return this.#queued === 0 && this.#batches.length === 0
  }

  get #atRest(): boolean {
    return this.#batches.length === 0 && [...this.#ready.values()].every((queue) => queue.length === 0)
  }

  /** Adds a call; `done` hears its outcome once, at the latest after the timeout, and must not throw. */
  add(key: string, call: Call, done: Callback<Result>): void {
    const { maxQueue, timeout } = this.#spec
    if (this.#queued >= maxQueue) {
      done(this.#spec.queueFull())
      return
    }
    const deadline = timeout > 0 ? performance.now() + timeout : Infinity
    try {
      this.#enqueue(key, { call, deadline, done, settled: false })
    } catch (error) {
      done(error)
      return
    }
    this.#queued++
    this.#schedule()
    if (timeout > 0) this.#sweeper ??= this.#startSweeper()
  }

  /** From now on calls wait, until {@link release}. May be called again before that: each release lets go those of one hold. */
  hold(): void {
    this.#held.push([])
    this.#waiting = new Map()
  }

  /** Lets go the calls that were added after the oldest hold, and before the next. */
  release(): void {
    for (const entry of this.#held.shift() ?? []) this.#queueOf(entry.kind).push(entry)
    this.#schedule()
    this.#rest()
  }

  /** Resolves when nothing is in flight and nothing waits but what is held. */
  drain(): Promise<void> {
    if (this.#atRest) return Promise.resolve()
    return new Promise((resolve) => {
      this.#drained.push(resolve)
    })
  }

  #enqueue(key: string, caller: Caller<Call, Result>): void {
    const waiting = this.#waiting.get(key)
    const merged = waiting && this.#spec.merge(waiting.call, caller.call)
    if (waiting && merged !== undefined) {
      waiting.callers.push(caller)
      this.#replace(waiting, merged)
      return
    }
    const kind = this.#spec.kindOf(caller.call)
    const entry: Entry<Call, Result> = { key, call: caller.call, kind, callers: [caller], order: this.#order++, next: undefined }
    this.#waiting.set(key, entry)
    const held = this.#held.at(-1)
    // What is held meets nothing in flight: that has ended before it is let go.
    const before = this.#spec.exclusive ? (waiting ?? (held ? undefined : this.#inFlight(key))) : undefined
    if (before) before.next = entry
    else (held ?? this.#queueOf(kind)).push(entry)
  }

  /** Puts the merged call in the entry's place; an entry that may leave moves to the queue of its new kind. */
  #replace(entry: Entry<Call, Result>, call: Call): void {
    const kind = this.#spec.kindOf(call)
    entry.call = call
    if (kind === entry.kind) return
    // An entry that waits behind another of its key, or is held, is in no queue.
    const mayLeave = remove(this.#queueOf(entry.kind), entry)
    entry.kind = kind
    if (mayLeave) this.#queueOf(kind).push(entry)
  }

  #queueOf(kind: string): Entry<Call, Result>[] {
    let queue = this.#ready.get(kind)
    if (!queue) this.#ready.set(kind, (queue = []))
    return queue
  }

  /** The entry of an exclusive key that is in flight. */
  #inFlight(key: string): Entry<Call, Result> | undefined {
    for (const { byKey } of this.#batches) {
      const entry = byKey?.get(key)
      if (entry) return entry
    }
    return undefined
  }

  /**
   * A batch waits for the turn of the event loop to end, so that the answers of several lanes that arrive together are heard first, and so
   * that requests that arrive together, each in a callback of its own, share one batch in place of several small ones. Callers who come one
   * at a time have nobody to wait for: theirs leaves in a tick, a few microseconds earlier.
   */
  #schedule(): void {
    if (this.#scheduled || this.#batches.length >= this.#spec.lanes) return
    this.#scheduled = true
    const dispatch = () => {
      this.#scheduled = false
      this.#dispatch()
    }
    if (this.#batches.length === 0 && this.#lone >= oneAtATime) process.nextTick(dispatch)
    else setImmediate(dispatch)
  }

  #dispatch(): void {
    while (this.#batches.length < this.#spec.lanes) {
      const kind = this.#longestWaiting()
      if (kind === undefined) return
      const batch = this.#take(kind)
      if (batch.entries.length > 0) void this.#send(kind, batch)
      else this.#rest()
    }
  }

  #longestWaiting(): string | undefined {
    let oldest = Infinity
    let chosen: string | undefined
    for (const [kind, queue] of this.#ready) {
      const head = queue[0]
      if (head === undefined || head.order > oldest) continue
      oldest = head.order
      chosen = kind
    }
    return chosen
  }

  #take(kind: string): Batch<Call, Result> {
    const queue = this.#queueOf(kind)
    if (this.#spec.timeout > 0) this.#dropLate(queue)
    const entries = queue.splice(0, Math.min(this.#share(queue.length), this.#spec.size(kind)))
    for (const entry of entries) this.#queued -= entry.callers.length
    if (this.#queued === 0) this.#waiting = new Map()
    else for (const entry of entries) if (this.#waiting.get(entry.key) === entry) this.#waiting.delete(entry.key)
    return this.#batchOf(entries)
  }

  #batchOf(entries: readonly Entry<Call, Result>[]): Batch<Call, Result> {
    return { entries, byKey: this.#spec.exclusive ? new Map(entries.map((entry) => [entry.key, entry])) : undefined }
  }

  /**
   * How many of those that wait leave together. When nothing is in flight, many go in two halves: from then on one half is with the database
   * while this process works on the answers of the other, where one batch would have each of them wait for the other.
   */
  #share(waiting: number): number {
    const splits = this.#batches.length === 0 && this.#spec.lanes > 1 && waiting >= fewestToSplit
    return splits ? Math.ceil(waiting / 2) : waiting
  }

  async #send(kind: string, batch: Batch<Call, Result>): Promise<void> {
    this.#batches.push(batch)
    const { entries } = batch
    this.#lone = entries.length === 1 ? this.#lone + 1 : 0
    const calls = entries.map((entry) => entry.call)
    const first = entries.reduce((earliest, entry) => Math.min(earliest, deadlineOf(entry)), Infinity)
    const deadline = first - this.#precision
    const apart: Entry<Call, Result>[] = []
    const again: Entry<Call, Result>[] = []
    const fail = (entry: Entry<Call, Result>, error: unknown) => {
      const others = entry.callers.some((caller) => !caller.settled && caller.deadline > first)
      if (others && this.#spec.outOfTime?.(error, deadline)) {
        this.#giveUp(entry, first, error)
        again.push(entry)
      } else if (entry.callers.length > 1 && this.#spec.separable?.(error)) apart.push(entry)
      else this.#fail(entry, error)
    }
    try {
      const { results, failures } = await this.#spec.run(kind, calls, deadline)
      remove(this.#batches, batch)
      entries.forEach((entry, place) => {
        if (failures?.has(place)) fail(entry, failures.get(place))
        else this.#succeed(entry, results[place] as Result)
      })
    } catch (error) {
      remove(this.#batches, batch)
      for (const entry of entries) fail(entry, error)
    }
    if (apart.length > 0) void this.#sendApart(this.#batchOf(apart))
    if (again.length > 0) this.#queueAgain(again)
    this.#schedule()
    this.#rest()
  }

  /** Puts entries that have left back to the front of their queue. */
  #queueAgain(entries: readonly Entry<Call, Result>[]): void {
    for (const entry of entries) {
      this.#queued += entry.callers.length
      // Not while calls are held: those that come now have to run after these.
      if (this.#held.length === 0 && !this.#waiting.has(entry.key)) this.#waiting.set(entry.key, entry)
    }
    const [first] = entries
    if (first) this.#queueOf(first.kind).unshift(...entries)
    for (const entry of entries) this.#forgetSettled(entry)
  }

  /** Makes the calls of merged ones in the order they came. */
  async #sendApart(batch: Batch<Call, Result>): Promise<void> {
    this.#batches.push(batch)
    for (const { callers } of batch.entries) {
      for (const caller of callers) {
        if (!caller.settled) await this.#sendAlone(caller)
      }
    }
    remove(this.#batches, batch)
    for (const entry of batch.entries) this.#letNextLeave(entry)
    this.#schedule()
    this.#rest()
  }

  async #sendAlone(caller: Caller<Call, Result>): Promise<void> {
    try {
      const { results, failures } = await this.#spec.run(this.#spec.kindOf(caller.call), [caller.call], caller.deadline - this.#precision)
      if (failures?.has(0)) settle(caller, failures.get(0))
      else settle(caller, null, results[0] as Result)
    } catch (error) {
      settle(caller, error)
    }
  }

  #succeed(entry: Entry<Call, Result>, result: Result): void {
    this.#letNextLeave(entry)
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

  #fail(entry: Entry<Call, Result>, error: unknown): void {
    this.#letNextLeave(entry)
    for (const caller of entry.callers) settle(caller, error)
  }

  /** The entry that waited for this one's key may leave. */
  #letNextLeave({ next }: Entry<Call, Result>): void {
    if (next) this.#queueOf(next.kind).push(next)
  }

  /** One timer for all callers. It stops when it finds nobody, rather than with each last call, and keeps no process alive. */
  #startSweeper(): NodeJS.Timeout {
    return setInterval(() => this.#sweep(), this.#precision).unref()
  }

  /** Gives up for the callers whose time is up. An entry that nobody waits for any more and that has not left is dropped. */
  #sweep(): void {
    if (this.idle) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
      return
    }
    const now = performance.now()
    for (const { entries } of this.#batches) {
      for (const entry of entries) {
        this.#giveUp(entry, now)
        this.#giveUpNext(entry, now)
      }
    }
    for (const queue of [...this.#ready.values(), ...this.#held]) {
      for (const entry of [...queue]) {
        this.#giveUpNext(entry, now)
        this.#giveUpWaiting(entry, now, queue)
      }
    }
    this.#rest()
  }

  /** Tells the callers whose deadline is not after `until`; says whether there were any. */
  #giveUp({ callers }: Entry<Call, Result>, until: number, error?: unknown): boolean {
    let found = false
    for (const caller of callers) {
      if (caller.settled || caller.deadline > until) continue
      settle(caller, error ?? this.#spec.timedOut())
      found = true
    }
    return found
  }

  /** For those that run after an entry. */
  #giveUpNext({ next }: Entry<Call, Result>, until: number): void {
    for (let entry = next; entry; entry = entry.next) if (this.#giveUp(entry, until)) this.#forgetSettled(entry)
  }

  /** For an entry that has not left; it is dropped when nobody waits for it any more. */
  #giveUpWaiting(entry: Entry<Call, Result>, until: number, queue: Entry<Call, Result>[]): void {
    if (this.#giveUp(entry, until)) this.#forgetSettled(entry)
    if (entry.callers.every((caller) => caller.settled)) this.#drop(entry, queue)
  }

  /** Drops what would have to end as soon as it has left. */
  #dropLate(queue: Entry<Call, Result>[]): void {
    const soon = performance.now() + 2 * this.#precision
    // Those behind the head have waited for less long.
    for (let head = queue[0]; head !== undefined && deadlineOf(head) <= soon; head = queue[0]) this.#giveUpWaiting(head, soon, queue)
  }

  /** Makes the call of an entry that waits without the part of callers who were told that it failed. */
  #forgetSettled(entry: Entry<Call, Result>): void {
    const waiting = entry.callers.filter((caller) => !caller.settled)
    if (waiting.length === 0 || waiting.length === entry.callers.length) return
    this.#queued -= entry.callers.length - waiting.length
    entry.callers.splice(0, entry.callers.length, ...waiting)
    const [first, ...others] = waiting.map((caller) => caller.call)
    const call = others.reduce((merged, next) => merged && this.#spec.merge(merged, next), first)
    if (call !== undefined) this.#replace(entry, call)
  }

  #drop(entry: Entry<Call, Result>, queue: Entry<Call, Result>[]): void {
    remove(queue, entry)
    this.#queued -= entry.callers.length
    if (this.#waiting.get(entry.key) === entry) this.#waiting.delete(entry.key)
    if (entry.next && this.#held.includes(queue)) queue.push(entry.next)
    else this.#letNextLeave(entry)
    this.#schedule()
  }

  #rest(): void {
    if (!this.#atRest) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}

/** When the first of an entry's callers gives up. */
function deadlineOf<Call, Result>({ callers }: Entry<Call, Result>): number {
  return callers[0]?.deadline ?? Infinity
}

function settle<Call, Result>(caller: Caller<Call, Result>, error: unknown, result?: Result): void {
  if (caller.settled) return
  caller.settled = true
  caller.done(error, result)
}

/** Takes an item out of a list; says whether it was there. */
function remove<Item>(items: Item[], item: Item): boolean {
  const place = items.indexOf(item)
  if (place === -1) return false
  items.splice(place, 1)
  return true
}
