import type { Callback } from '../store/callback.js'

/** Somebody who made a call and waits for its outcome. */
export interface Caller<Call, Result> {
  readonly call: Call
  readonly deadline: number
  readonly done: Callback<Result>
  settled: boolean
}

/** One call of a batch, and everybody who waits for it. */
export interface Entry<Call, Result> {
  readonly key: string
  call: Call
  kind: string
  readonly callers: Caller<Call, Result>[]
  /** Grows with every entry: the smallest has waited longest. */
  readonly order: number
  /** The entry of the same key that runs after this one. */
  next: Entry<Call, Result> | undefined
}

/** Entries that are in flight together. */
export interface Batch<Call, Result> {
  readonly entries: readonly Entry<Call, Result>[]
  /** Its entries by their keys, where keys are exclusive. */
  readonly byKey: ReadonlyMap<string, Entry<Call, Result>> | undefined
}

/** When the first of an entry's callers gives up. */
export function deadlineOf<Call, Result>({ callers }: Entry<Call, Result>): number {
  return callers[0]?.deadline ?? Infinity
}

/** Tells a caller the outcome, unless it was told one already. */
export function settle<Call, Result>(caller: Caller<Call, Result>, error: unknown, result?: Result): void {
  if (caller.settled) return
  caller.settled = true
  caller.done(error, result)
}

/** Tells the callers of an entry whose deadline is not after `until`; says whether there were any. */
export function giveUp<Call, Result>({ callers }: Entry<Call, Result>, until: number, error: () => unknown): boolean {
  let found = false
  for (const caller of callers) {
    if (caller.settled || caller.deadline > until) continue
    settle(caller, error())
    found = true
  }
  return found
}

/** Takes an item out of a list; says whether it was there. */
export function remove<Item>(items: Item[], item: Item): boolean {
  const place = items.indexOf(item)
  if (place === -1) return false
  items.splice(place, 1)
  return true
}
