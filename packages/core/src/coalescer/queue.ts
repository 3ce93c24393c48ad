import { remove, type Caller, type Entry } from './entry.js'
import type { CoalescerSpec } from './spec.js'
import { realTime } from '../real-time.js'

type Rules<Call, Result> = Pick<CoalescerSpec<Call, Result>, 'kindOf' | 'merge' | 'exclusive' | 'weightOf' | 'heaviest'>

/** How long a key is remembered whose calls something held up, after the last of them, in ms. */
const suspicion = 60_000

/**
 * The calls that have not left: a queue for each kind, those that are held, those that were set aside, and those that wait behind another of
 * their key.
 *
 * Entries live in arrays and in maps that are dropped whole. In one map that lives on, with entries coming and going, V8 makes a new table
 * now and then; the dead one, once it is old, keeps what it points to, the new table among it, from dying young: half of all garbage.
 */
export class WaitingCalls<Call, Result> {
  readonly #rules: Rules<Call, Result>
  /** Finds the entry of a key that is in flight. */
  readonly #inFlight: (key: string) => Entry<Call, Result> | undefined
  /** Entries that may leave, per kind, oldest first. */
  readonly #ready = new Map<string, Entry<Call, Result>[]>()
  /** The last waiting entry of each key: the one a further call merges into or queues behind. */
  #last = new Map<string, Entry<Call, Result>>()
  /** Entries that may not leave yet, a group for each {@link hold}, oldest first. */
  readonly #held: Entry<Call, Result>[][] = []
  /** Entries that something outside holds up, and those of keys that it was seen to hold up. */
  readonly #aside: Entry<Call, Result>[] = []
  /** The keys of these, and for a while those of entries that were given up; dropped whole. */
  #suspects = new Set<string>()
  #suspectUntil = 0
  #order = 0
  #callers = 0

  constructor(rules: Rules<Call, Result>, inFlight: (key: string) => Entry<Call, Result> | undefined) {
    this.#rules = rules
    this.#inFlight = inFlight
  }

  /** How many callers wait, held ones too. */
  get callers(): number {
    return this.#callers
  }

  /** Whether nothing waits but what is held. */
  get onlyHeld(): boolean {
    return this.#aside.length === 0 && [...this.#ready.values()].every((queue) => queue.length === 0)
  }

  /** The entries that were set aside. */
  get aside(): readonly Entry<Call, Result>[] {
    return this.#aside
  }

  /** Every list of entries that are behind no other. */
  lists(): readonly Entry<Call, Result>[][] {
    return [...this.#ready.values(), ...this.#held, this.#aside]
  }

  /** Merges the call into the one of its key that waits, or puts it behind that, the one in flight, or the others of its kind. */
  add(key: string, caller: Caller<Call, Result>): void {
    const waiting = this.#last.get(key)
    // The last of its callers has the most time. One that nobody waits for any more is only there for its place.
    const isGivenUp = waiting?.callers.at(-1)?.settled === true
    const call = waiting && (isGivenUp ? caller.call : this.#rules.merge(waiting.call, caller.call))
    if (waiting && call !== undefined) {
      if (isGivenUp) this.#callers -= waiting.callers.splice(0).length
      waiting.callers.push(caller)
      this.#replace(waiting, call)
    } else this.#append(key, caller, waiting)
    this.#callers++
  }

  /** From now on calls wait, until {@link release}. */
  hold(): void {
    this.#held.push([])
    this.#last = new Map()
  }

  /** Lets go the calls that were added after the oldest hold, and before the next. */
  release(): void {
    for (const entry of this.#held.shift() ?? []) this.#letLeave(entry)
  }

  /** The kind whose first entry has waited longest, of those that may leave. */
  longestWaiting(): string | undefined {
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

  /** The entries of a kind that may leave, oldest first. */
  queueOf(kind: string): Entry<Call, Result>[] {
    let queue = this.#ready.get(kind)
    if (!queue) this.#ready.set(kind, (queue = []))
    return queue
  }

  /** Takes out the first entries of a kind, as many as one batch can carry. */
  take(kind: string, most: number): readonly Entry<Call, Result>[] {
    const queue = this.queueOf(kind)
    const entries = queue.splice(0, this.#carried(queue, most))
    for (const entry of entries) this.#callers -= entry.callers.length
    if (this.#callers === 0) this.#last = new Map()
    else for (const entry of entries) if (this.#last.get(entry.key) === entry) this.#last.delete(entry.key)
    return entries
  }

  /** Puts entries of one kind that have left back to the front of their queue. */
  putBack(entries: readonly Entry<Call, Result>[]): void {
    for (const entry of entries) this.#waitAgain(entry)
    const [first] = entries
    if (first) this.queueOf(first.kind).unshift(...entries)
    for (const entry of entries) this.forgetSettled(entry)
  }

  /** Keeps entries that have left until {@link bringBack}, and with them those of their keys that would follow. */
  setAside(entries: readonly Entry<Call, Result>[]): void {
    if (entries.length === 0) return
    for (const entry of entries) {
      this.#waitAgain(entry)
      this.#suspects.add(entry.key)
    }
    this.#suspectUntil = realTime.now() + suspicion
    this.#aside.push(...entries)
    for (const entry of entries) this.forgetSettled(entry)
  }

  /** Lets entries leave that were set aside, before all others. */
  bringBack(entries: readonly Entry<Call, Result>[]): void {
    for (const entry of [...entries].sort((one, other) => other.order - one.order)) {
      this.#suspects.delete(entry.key)
      // It may have been given up meanwhile.
      if (remove(this.#aside, entry)) this.queueOf(entry.kind).unshift(entry)
    }
  }

  /** The entry that waited for this one's key may leave. */
  letNextLeave({ next }: Entry<Call, Result>): void {
    if (next) this.#letLeave(next)
  }

  /**
   * Makes the call of an entry that waits without the part of callers who were told that it failed. What is left of it may be more than one
   * call, which run one after the other.
   */
  forgetSettled(entry: Entry<Call, Result>): void {
    const waiting = entry.callers.filter((caller) => !caller.settled)
    if (waiting.length === 0 || waiting.length === entry.callers.length) return
    this.#callers -= entry.callers.length - waiting.length
    const [first, ...others] = this.#joined(waiting)
    if (first === undefined) return
    entry.callers.splice(0, entry.callers.length, ...first.callers)
    this.#replace(entry, first.call)
    let before = entry
    for (const { call, callers } of others) before = this.#putBehind(before, call, callers)
  }

  /** Takes an entry that nobody waits for out of the one of {@link lists} that it is in. */
  drop(entry: Entry<Call, Result>, list: Entry<Call, Result>[]): void {
    remove(list, entry)
    this.#callers -= entry.callers.length
    if (this.#last.get(entry.key) === entry) this.#last.delete(entry.key)
    if (entry.next && this.#held.includes(list)) list.push(entry.next)
    else this.letNextLeave(entry)
  }

  /** How many of the first entries of a queue one batch carries. */
  #carried(queue: readonly Entry<Call, Result>[], most: number): number {
    const { weightOf, heaviest = Infinity } = this.#rules
    if (!weightOf || heaviest === Infinity) return most
    const longest = Math.min(most, queue.length)
    let weight = 0
    for (let count = 0; count < longest; count++) {
      weight += weightOf((queue[count] as Entry<Call, Result>).call)
      if (weight > heaviest) return Math.max(count, 1)
    }
    return longest
  }

  #append(key: string, caller: Caller<Call, Result>, waiting: Entry<Call, Result> | undefined): void {
    const kind = this.#rules.kindOf(caller.call)
    const entry: Entry<Call, Result> = { key, call: caller.call, kind, callers: [caller], order: this.#order++, next: undefined }
    this.#last.set(key, entry)
    const held = this.#held.at(-1)
    // What is held meets nothing in flight: that has ended before it is let go.
    const before = this.#rules.exclusive ? (waiting ?? (held ? undefined : this.#inFlight(key))) : undefined
    if (before) before.next = entry
    else if (held) held.push(entry)
    else this.#letLeave(entry)
  }

  /** The fewest calls, in order, that do what the callers asked for. */
  #joined(callers: readonly Caller<Call, Result>[]): readonly Pick<Entry<Call, Result>, 'call' | 'callers'>[] {
    const parts: Pick<Entry<Call, Result>, 'call' | 'callers'>[] = []
    for (const caller of callers) {
      const last = parts.at(-1)
      const merged = last && this.#rules.merge(last.call, caller.call)
      if (last && merged !== undefined) {
        last.call = merged
        last.callers.push(caller)
      } else parts.push({ call: caller.call, callers: [caller] })
    }
    return parts
  }

  #putBehind(before: Entry<Call, Result>, call: Call, callers: Caller<Call, Result>[]): Entry<Call, Result> {
    const { key, order, next } = before
    const entry: Entry<Call, Result> = { key, call, kind: this.#rules.kindOf(call), callers, order, next }
    before.next = entry
    if (this.#last.get(key) === before) this.#last.set(key, entry)
    return entry
  }

  #letLeave(entry: Entry<Call, Result>): void {
    if (entry.callers.every((caller) => caller.settled)) {
      this.drop(entry, [])
      return
    }
    if (this.#suspects.size > 0 && realTime.now() > this.#suspectUntil) this.#suspects = new Set()
    if (this.#suspects.has(entry.key)) this.#aside.push(entry)
    else this.queueOf(entry.kind).push(entry)
  }

  #waitAgain(entry: Entry<Call, Result>): void {
    this.#callers += entry.callers.length
    // Not while calls are held: those that come now have to run after these.
    if (this.#held.length === 0 && !this.#last.has(entry.key)) this.#last.set(entry.key, entry)
  }

  /** Puts the merged call in the entry's place; an entry that may leave moves to the queue of its new kind. */
  #replace(entry: Entry<Call, Result>, call: Call): void {
    const kind = this.#rules.kindOf(call)
    entry.call = call
    if (kind === entry.kind) return
    // An entry that waits behind another of its key, is held or was set aside is in no queue.
    const mayLeave = remove(this.queueOf(entry.kind), entry)
    entry.kind = kind
    if (mayLeave) this.queueOf(kind).push(entry)
  }
}
