import type { Callback } from './callback.js'

/** What a {@link Coalescer} needs to know about its calls. */
export interface CoalescerSpec<Call, Result> {
  /** Batches in flight at once. */
  readonly lanes: number
  /** The most entries of a batch of this kind. */
  size(kind: string): number
  /** Calls of one kind may share a batch. */
  kindOf(call: Call): string
  /**
   * One call that does what both do, or `undefined` when the later one must run in a batch after the earlier one.
   * Only calls of one key meet, and only while the earlier one still waits.
   */
  merge(earlier: Call, later: Call): Call | undefined
  /** Whether a key may be in only one batch in flight, so that its calls take effect in the order they were made. */
  readonly exclusive: boolean
  /** Runs a batch of one kind. `deadline`: when its last caller gives up (`performance.now()`). A rejection fails every call of it. */
  run(kind: string, calls: readonly Call[], deadline: number): Promise<BatchEnd<Result>>
  /** The result for each caller of a merged call. Default: the same for all. */
  share?(merged: Call, calls: readonly Call[], result: Result): readonly Result[]
  /** The most callers that wait for a batch. */
  readonly maxQueue: number
  /** The most a caller waits, in ms; 0 for ever. */
  readonly timeout: number
  queueFull(): Error
  timedOut(): Error
}

/** How a batch ended. */
export interface BatchEnd<Result> {
  /** The result of each call, in order; whatever it is where the call failed. */
  readonly results: readonly Result[]
  /** The errors of calls that failed, by their place. Default: none failed. */
  readonly failures?: ReadonlyMap<number, unknown>
}

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

/**
 * Joins calls that overlap into batches. It knows no SQL, no sessions and no time but the callers' deadlines.
 *
 * The rule of dispatch: a call that finds a free lane leaves at the end of the current turn of the event loop at the latest, so a lone
 * caller waits for nothing and calls made together travel together; while every lane is busy calls gather, and a lane that becomes free
 * takes the kind that has waited longest and as many of its entries as one batch holds.
 */
export class Coalescer<Call, Result> {
  readonly #spec: CoalescerSpec<Call, Result>
  /** Entries that may leave, per kind, oldest first. */
  readonly #ready = new Map<string, Set<Entry<Call, Result>>>()
  /** The last waiting entry of each key: the one a further call merges into or queues behind. */
  readonly #waiting = new Map<string, Entry<Call, Result>>()
  /** The entry of each exclusive key that is in a batch in flight. */
  readonly #inFlight = new Map<string, Entry<Call, Result>>()
  readonly #batches = new Set<readonly Entry<Call, Result>[]>()
  #order = 0
  #queued = 0
  #scheduled = false
  #sweeper: NodeJS.Timeout | undefined
  #drained: (() => void)[] = []

  constructor(spec: CoalescerSpec<Call, Result>) {
    this.#spec = spec
  }

  /** Whether nothing waits and nothing is in flight. */
  get idle(): boolean {
    return this.#queued === 0 && this.#batches.size === 0
  }

  /** Adds a call; `done` hears its outcome once, at the latest after the timeout, and must not throw. */
  add(key: string, call: Call, done: Callback<Result>): void {
    const { maxQueue, timeout } = this.#spec
    if (this.#queued >= maxQueue) {
      done(this.#spec.queueFull())
      return
    }
    const deadline = timeout > 0 ? performance.now() + timeout : Infinity
    this.#queued++
    this.#enqueue(key, { call, deadline, done, settled: false })
    this.#schedule()
    if (timeout > 0) this.#sweeper ??= this.#startSweeper(timeout)
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drain(): Promise<void> {
    if (this.idle) return Promise.resolve()
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
    const before = this.#spec.exclusive ? (waiting ?? this.#inFlight.get(key)) : undefined
    if (before) before.next = entry
    else this.#queueOf(kind).add(entry)
  }

  /** Puts the merged call in the entry's place; an entry that may leave moves to the queue of its new kind. */
  #replace(entry: Entry<Call, Result>, call: Call): void {
    const kind = this.#spec.kindOf(call)
    entry.call = call
    if (kind === entry.kind) return
    const mayLeave = this.#queueOf(entry.kind).delete(entry)
    entry.kind = kind
    if (mayLeave) this.#queueOf(kind).add(entry)
  }

  #queueOf(kind: string): Set<Entry<Call, Result>> {
    let queue = this.#ready.get(kind)
    if (!queue) this.#ready.set(kind, (queue = new Set()))
    return queue
  }

  /**
   * With nothing in flight the batch leaves in a tick, which runs after every microtask that is due, so that callers who were answered
   * together and call again at once share it. Beside others in flight it waits for the turn of the event loop to end, so that the answers
   * of several lanes that arrive together are heard first, and their callers share one batch in place of several small ones.
   */
  #schedule(): void {
    if (this.#scheduled || this.#batches.size >= this.#spec.lanes) return
    this.#scheduled = true
    const dispatch = () => {
      this.#scheduled = false
      this.#dispatch()
    }
    if (this.#batches.size === 0) process.nextTick(dispatch)
    else setImmediate(dispatch)
  }

  #dispatch(): void {
    while (this.#batches.size < this.#spec.lanes) {
      const kind = this.#longestWaiting()
      if (kind === undefined) return
      void this.#send(kind, this.#take(kind))
    }
  }

  #longestWaiting(): string | undefined {
    let oldest = Infinity
    let chosen: string | undefined
    for (const [kind, queue] of this.#ready) {
      const [head] = queue
      if (head === undefined || head.order > oldest) continue
      oldest = head.order
      chosen = kind
    }
    return chosen
  }

  #take(kind: string): Entry<Call, Result>[] {
    const queue = this.#queueOf(kind)
    const most = this.#spec.size(kind)
    const batch: Entry<Call, Result>[] = []
    for (const entry of queue) {
      if (batch.length >= most) break
      queue.delete(entry)
      if (this.#waiting.get(entry.key) === entry) this.#waiting.delete(entry.key)
      if (this.#spec.exclusive) this.#inFlight.set(entry.key, entry)
      this.#queued -= entry.callers.length
      batch.push(entry)
    }
    return batch
  }

  async #send(kind: string, batch: readonly Entry<Call, Result>[]): Promise<void> {
    this.#batches.add(batch)
    const calls = batch.map((entry) => entry.call)
    const deadline = batch.reduce((last, entry) => Math.max(last, entry.callers.at(-1)?.deadline ?? 0), 0)
    try {
      const { results, failures } = await this.#spec.run(kind, calls, deadline)
      this.#batches.delete(batch)
      batch.forEach((entry, place) => {
        if (failures?.has(place)) this.#fail(entry, failures.get(place))
        else this.#succeed(entry, results[place] as Result)
      })
    } catch (error) {
      this.#batches.delete(batch)
      for (const entry of batch) this.#fail(entry, error)
    }
    this.#schedule()
    this.#rest()
  }

  #succeed(entry: Entry<Call, Result>, result: Result): void {
    this.#leave(entry)
    const { callers } = entry
    const shared = callers.length > 1 ? this.#share(entry, result) : undefined
    callers.forEach((caller, place) => settle(caller, null, shared ? (shared[place] as Result) : result))
  }

  #share({ call, callers }: Entry<Call, Result>, result: Result): readonly Result[] | undefined {
    return this.#spec.share?.(
      call,
      callers.map((caller) => caller.call),
      result,
    )
  }

  #fail(entry: Entry<Call, Result>, error: unknown): void {
    this.#leave(entry)
    for (const caller of entry.callers) settle(caller, error)
  }

  /** An entry is no longer in flight: the one that waits for its key may leave. */
  #leave(entry: Entry<Call, Result>): void {
    if (this.#inFlight.get(entry.key) === entry) this.#inFlight.delete(entry.key)
    if (entry.next) this.#queueOf(entry.next.kind).add(entry.next)
  }

  /** One timer for all callers. It stops when it finds nobody, rather than with each last call, and keeps no process alive. */
  #startSweeper(timeout: number): NodeJS.Timeout {
    return setInterval(() => this.#sweep(), Math.min(Math.max(timeout / 20, 5), 250)).unref()
  }

  /** Gives up for the callers whose time is up. An entry that nobody waits for any more and that has not left is dropped. */
  #sweep(): void {
    if (this.idle) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
      return
    }
    const now = performance.now()
    for (const batch of this.#batches) for (const entry of batch) this.#giveUp(entry, now)
    for (const queue of this.#ready.values()) {
      for (const entry of queue) {
        this.#giveUp(entry, now)
        if (entry.callers.every((caller) => caller.settled)) this.#drop(entry, queue)
      }
    }
    this.#rest()
  }

  /** For an entry and those that run after it. */
  #giveUp(first: Entry<Call, Result>, now: number): void {
    for (let entry: Entry<Call, Result> | undefined = first; entry; entry = entry.next) {
      for (const caller of entry.callers) {
        if (!caller.settled && caller.deadline <= now) settle(caller, this.#spec.timedOut())
      }
    }
  }

  #drop(entry: Entry<Call, Result>, queue: Set<Entry<Call, Result>>): void {
    queue.delete(entry)
    this.#queued -= entry.callers.length
    if (this.#waiting.get(entry.key) === entry) this.#waiting.delete(entry.key)
    if (entry.next) this.#queueOf(entry.next.kind).add(entry.next)
    this.#schedule()
  }

  #rest(): void {
    if (!this.idle) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}

function settle<Call, Result>(caller: Caller<Call, Result>, error: unknown, result?: Result): void {
  if (caller.settled) return
  caller.settled = true
  caller.done(error, result)
}
