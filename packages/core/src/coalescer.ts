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
  /** Runs a batch of one kind; resolves to one outcome per call, in order. `deadline`: when its last caller gives up (`performance.now()`). */
  run(kind: string, calls: readonly Call[], deadline: number): Promise<readonly Outcome<Result>[]>
  /** The result for each caller of a merged call. Default: the same for all. */
  share?(merged: Call, calls: readonly Call[], result: Result): readonly Result[]
  /** The most callers that wait for a batch. */
  readonly maxQueue: number
  /** The most a caller waits, in ms; 0 for ever. */
  readonly timeout: number
  queueFull(): Error
  timedOut(): Error
}

/** How one call of a batch ended. */
export type Outcome<Result> = { readonly result: Result } | { readonly error: unknown }

interface Caller<Call, Result> {
  readonly call: Call
  readonly deadline: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  settled: boolean
}

/** One call of a batch, and everybody who waits for it. */
interface Entry<Call, Result> {
  readonly key: string
  call: Call
  kind: string
  callers: Caller<Call, Result>[]
  /** Grows with every entry: the smallest has waited longest. */
  readonly order: number
  /** The entry of the same key that runs after this one. */
  next: Entry<Call, Result> | undefined
}

/**
 * Joins calls that overlap into batches. It knows no SQL, no sessions and no time but the callers' deadlines.
 *
 * The rule of dispatch: a call that finds a free lane leaves at the end of the current turn of the event loop's microtasks, so a lone
 * caller waits for nothing and calls made together travel together; while every lane is busy calls gather, and a lane that becomes free
 * takes the kind that has waited longest and as many of its entries as one batch holds.
 */
export class Coalescer<Call, Result> {
  readonly #spec: CoalescerSpec<Call, Result>
  /** Entries that may leave, per kind, oldest first. */
  readonly #ready = new Map<string, Set<Entry<Call, Result>>>()
  /** The last waiting entry of each key: the one a further call merges into or queues behind. */
  readonly #waiting = new Map<string, Entry<Call, Result>>()
  readonly #inFlight = new Map<string, Entry<Call, Result>>()
  readonly #pending = new Set<Entry<Call, Result>>()
  #order = 0
  #queued = 0
  #busy = 0
  #scheduled = false
  #sweeper: NodeJS.Timeout | undefined
  #drained: (() => void)[] = []

  constructor(spec: CoalescerSpec<Call, Result>) {
    this.#spec = spec
  }

  /** Callers that wait or whose batch is in flight. */
  get pending(): number {
    let callers = 0
    for (const entry of this.#pending) callers += entry.callers.length
    return callers
  }

  /** Adds a call; resolves or rejects with its outcome, at the latest after the timeout. */
  push(key: string, call: Call): Promise<Result> {
    const { maxQueue, timeout } = this.#spec
    if (this.#queued >= maxQueue) return Promise.reject(this.#spec.queueFull())
    return new Promise<Result>((resolve, reject) => {
      const deadline = timeout > 0 ? performance.now() + timeout : Infinity
      this.#queued++
      this.#enqueue(key, { call, deadline, resolve, reject, settled: false })
      this.#schedule()
      if (timeout > 0) this.#sweeper ??= this.#startSweeper(timeout)
    })
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drain(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve()
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
    this.#pending.add(entry)
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

  /** Ticks run after every microtask that is due, so callers that were answered together and call again at once share a batch. */
  #schedule(): void {
    if (this.#scheduled || this.#busy >= this.#spec.lanes) return
    this.#scheduled = true
    process.nextTick(() => {
      this.#scheduled = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    while (this.#busy < this.#spec.lanes) {
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
    this.#busy++
    const calls = batch.map((entry) => entry.call)
    const deadline = batch.reduce((last, entry) => Math.max(last, entry.callers.at(-1)?.deadline ?? 0), 0)
    let outcomes: readonly Outcome<Result>[]
    try {
      outcomes = await this.#spec.run(kind, calls, deadline)
    } catch (error) {
      outcomes = calls.map(() => ({ error }))
    }
    this.#busy--
    batch.forEach((entry, index) => {
      this.#finish(entry, outcomes[index] ?? { error: new Error('the batch told no outcome for a call') })
    })
    this.#schedule()
    this.#rest()
  }

  #finish(entry: Entry<Call, Result>, outcome: Outcome<Result>): void {
    this.#pending.delete(entry)
    if (this.#inFlight.get(entry.key) === entry) this.#inFlight.delete(entry.key)
    if (entry.next) this.#queueOf(entry.next.kind).add(entry.next)
    const shared =
      'result' in outcome && this.#spec.share && entry.callers.length > 1
        ? this.#spec.share(
            entry.call,
            entry.callers.map((caller) => caller.call),
            outcome.result,
          )
        : undefined
    entry.callers.forEach((caller, index) => {
      if (caller.settled) return
      caller.settled = true
      if ('error' in outcome) caller.reject(outcome.error)
      else caller.resolve(shared ? (shared[index] as Result) : outcome.result)
    })
  }

  /** One timer for all callers. It stops when it finds nobody waiting, rather than with each last call, and keeps no process alive. */
  #startSweeper(timeout: number): NodeJS.Timeout {
    return setInterval(() => this.#sweep(), Math.min(Math.max(timeout / 20, 5), 250)).unref()
  }

  /** Rejects the callers whose time is up. An entry that nobody waits for any more and that has not left is dropped. */
  #sweep(): void {
    if (this.#pending.size === 0) {
      clearInterval(this.#sweeper)
      this.#sweeper = undefined
    }
    const now = performance.now()
    for (const entry of this.#pending) {
      for (const caller of entry.callers) {
        if (caller.settled || caller.deadline > now) continue
        caller.settled = true
        caller.reject(this.#spec.timedOut())
      }
      const queue = this.#queueOf(entry.kind)
      if (queue.has(entry) && entry.callers.every((caller) => caller.settled)) this.#drop(entry, queue)
    }
    this.#rest()
  }

  #drop(entry: Entry<Call, Result>, queue: Set<Entry<Call, Result>>): void {
    queue.delete(entry)
    this.#pending.delete(entry)
    this.#queued -= entry.callers.length
    if (this.#waiting.get(entry.key) === entry) this.#waiting.delete(entry.key)
    if (entry.next) this.#queueOf(entry.next.kind).add(entry.next)
    this.#schedule()
  }

  #rest(): void {
    if (this.#pending.size > 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}
