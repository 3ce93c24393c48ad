import { batchSize, type QueueRules } from './rules.js'
import { giveUp, type Caller, type Entry } from './entry.js'
import { realTime } from '../time.js'

/**
 * How long a key stays blocked for later calls when nobody waits for the blocked one any more, in
 * ms.
 */
const longestBlocked = 60_000

/** The calls that have not left, in order; and the one place where one moves. */
export class CallQueue<Call, Result> {
  readonly #rules: QueueRules<Call>
  /** Entries that may leave, per kind, oldest first. */
  readonly #queued = new Map<string, Entry<Call, Result>[]>()
  /** Entries that a lock blocks, and since when. */
  readonly #blocked = new Map<Entry<Call, Result>, number>()
  /**
   * The last entry of each key, which a further call joins or follows; it waits, or is in flight
   * where its key is exclusive. Dropped whole, since a long-lived map keeps garbage.
   */
  #last = new Map<string, Entry<Call, Result>>()
  #order = 0
  /** Whether an entry that may leave has to go by itself. */
  #anySingle = false
  #callers = 0

  constructor(rules: QueueRules<Call>) {
    this.#rules = rules
  }

  /** How many callers wait. */
  get callers(): number {
    return this.#callers
  }

  /**
   * The entries that a lock blocks. Those that nobody waits for any more keep their place, for
   * later calls of their keys.
   */
  get blocked(): readonly Entry<Call, Result>[] {
    return [...this.#blocked.keys()]
  }

  /**
   * Joins the call to the last one of its key where that waits, or puts it behind that, or behind
   * the others of its kind.
   */
  add(key: string, call: Call, caller: Caller<Result>): void {
    const kind = this.#rules.kindOf(call)
    const last = this.#last.get(key)
    this.#callers++
    if (last && !last.isInFlight && this.#join(last, kind, call, caller)) return
    const entry: Entry<Call, Result> = {
      key,
      call,
      kind,
      callers: [caller],
      order: this.#order++,
      single: false,
      isInFlight: false,
      next: undefined,
    }
    this.#last.set(key, entry)
    if (last && this.#rules.exclusive) last.next = entry
    else this.#letLeave(entry)
  }

  /** The kind whose first entry has waited longest, of those that may leave. */
  longestWaiting(): string | undefined {
    let oldest = Infinity
    let chosen: string | undefined
    for (const [kind, [head]] of this.#queued) {
      if (head === undefined || head.order > oldest) continue
      oldest = head.order
      chosen = kind
    }
    return chosen
  }

  /** How many entries of a kind may leave. */
  lengthOf(kind: string): number {
    return this.#queued.get(kind)?.length ?? 0
  }

  /** Takes out the first entries of a kind, as many as one batch can carry. */
  take(kind: string, most: number): readonly Entry<Call, Result>[] {
    const queue = this.#queueOf(kind)
    const longest = Math.min(most, queue.length)
    // Looked at one by one only where one of them may change the size.
    const plain = this.#rules.heaviest === undefined && !this.#anySingle
    const entries = queue.splice(0, plain ? longest : batchSize(queue, longest, this.#rules))
    if (this.#anySingle) this.#anySingle = this.#hasSingle()
    for (const entry of entries) {
      entry.isInFlight = true
      this.#callers -= entry.callers.length
      if (!this.#rules.exclusive) this.#forget(entry)
    }
    return this.#rules.sorted ? entries.sort(byKey) : entries
  }

  /** An entry is over: the next of its key may leave. */
  finish(entry: Entry<Call, Result>): void {
    this.#forget(entry)
    if (entry.next) this.#letLeave(entry.next)
  }

  /** Entries of one kind that were in flight go first, in order. */
  putBack(entries: readonly Entry<Call, Result>[]): void {
    for (let place = entries.length - 1; place >= 0; place--) {
      const entry = entries[place] as Entry<Call, Result>
      this.#waitAgain(entry)
      this.#goFirst(entry)
    }
  }

  /**
   * Entries that were in flight wait until the locks that block them are gone, and with them later
   * ones of their keys.
   */
  block(entries: readonly Entry<Call, Result>[]): void {
    for (const entry of entries) {
      this.#waitAgain(entry)
      this.#blocked.set(entry, realTime.now())
    }
  }

  /** Lets blocked entries leave, before all others. */
  unblock(entries: readonly Entry<Call, Result>[]): void {
    for (const entry of [...entries].sort((one, other) => other.order - one.order)) {
      if (!this.#blocked.delete(entry)) continue
      if (entry.callers.length === 0) this.finish(entry)
      else this.#goFirst(entry)
    }
  }

  /**
   * Answers the callers whose time is up at `now`, and drops the entries that nobody waits for any
   * more.
   */
  giveUpLate(now: number, error: () => unknown): void {
    for (const queue of this.#queued.values()) {
      for (const entry of [...queue]) this.#giveUpQueued(queue, entry, now, error)
    }
    for (const [entry, since] of this.#blocked) {
      this.#giveUp(entry, now, error)
      this.giveUpBehind(entry, now, error)
      if (entry.callers.length === 0 && now - since > longestBlocked) this.unblock([entry])
    }
  }

  /** Does so for the first entries of one kind, up to one whose callers have more time. */
  giveUpFirst(kind: string, until: number, error: () => unknown): void {
    const queue = this.#queueOf(kind)
    for (let head = queue[0]; head && isLate(head, until); head = queue[0])
      if (!this.#giveUpQueued(queue, head, until, error)) return
  }

  /** Does so for the entries behind one. They keep their place, for later calls of the key. */
  giveUpBehind({ next }: Entry<Call, Result>, until: number, error: () => unknown): void {
    for (let entry = next; entry; entry = entry.next) this.#giveUp(entry, until, error)
  }

  /** Says whether the entry was dropped. */
  #giveUpQueued(
    queue: Entry<Call, Result>[],
    entry: Entry<Call, Result>,
    until: number,
    error: () => unknown,
  ): boolean {
    this.giveUpBehind(entry, until, error)
    this.#giveUp(entry, until, error)
    if (entry.callers.length > 0) return false
    queue.splice(queue.indexOf(entry), 1)
    this.finish(entry)
    return true
  }

  #giveUp(entry: Entry<Call, Result>, until: number, error: () => unknown): void {
    this.#callers -= giveUp(entry, until, error)
  }

  #join(waiting: Entry<Call, Result>, kind: string, call: Call, caller: Caller<Result>): boolean {
    // One that nobody waits for any more is only there for its place.
    const isFree = waiting.callers.length === 0
    if (!isFree && kind !== waiting.kind) return false
    const merged = isFree ? call : this.#rules.merge(waiting.call, call)
    if (merged === undefined) return false
    waiting.call = merged
    waiting.kind = kind
    const { callers } = waiting
    callers.push(caller)
    // One that was delayed before it came here gives up sooner than those who came meanwhile.
    if ((callers.at(-2)?.deadline ?? 0) > caller.deadline)
      callers.sort((one, other) => one.deadline - other.deadline)
    return true
  }

  #letLeave(entry: Entry<Call, Result>): void {
    if (entry.callers.length === 0) this.finish(entry)
    else this.#queueOf(entry.kind).push(entry)
  }

  #goFirst(entry: Entry<Call, Result>): void {
    if (entry.single) this.#anySingle = true
    this.#queueOf(entry.kind).unshift(entry)
  }

  #forget(entry: Entry<Call, Result>): void {
    if (this.#last.get(entry.key) !== entry) return
    if (this.#last.size === 1) this.#last = new Map()
    else this.#last.delete(entry.key)
  }

  #waitAgain(entry: Entry<Call, Result>): void {
    entry.isInFlight = false
    this.#callers += entry.callers.length
    if (!this.#last.has(entry.key)) this.#last.set(entry.key, entry)
  }

  #hasSingle(): boolean {
    for (const queue of this.#queued.values()) if (queue.some(({ single }) => single)) return true
    return false
  }

  #queueOf(kind: string): Entry<Call, Result>[] {
    let queue = this.#queued.get(kind)
    if (!queue) this.#queued.set(kind, (queue = []))
    return queue
  }
}

/** No two entries of a batch have the same key. */
function byKey(one: { readonly key: string }, other: { readonly key: string }): number {
  return one.key < other.key ? -1 : 1
}

function isLate<Call, Result>({ callers: [first] }: Entry<Call, Result>, until: number): boolean {
  return first !== undefined && first.deadline <= until
}
