import type { Entry } from './entry.js'

/** What the queue has to know about calls. */
export interface QueueRules<Call> {
  /** Calls of one kind may share a batch. */
  kindOf(call: Call): string
  /**
   * One call that does what both do, one after the other, or `undefined` where none does. Both are
   * of one key and one kind.
   */
  merge(earlier: Call, later: Call): Call | undefined
  /**
   * Whether a key may be in only one batch in flight, so that its calls take effect in the order
   * they were made.
   */
  readonly exclusive: boolean
  /**
   * Whether the calls of a batch are sorted by key, so that the batches of all processes lock in
   * one order. Default: as they were made.
   */
  readonly sorted?: boolean
  /** What a call weighs in a batch. Default: nothing. */
  weightOf?(call: Call): number
  /**
   * The most that the calls of a batch may weigh together; one that weighs more goes by itself.
   * Default: no limit.
   */
  readonly heaviest?: number
}

/** How many of the first entries of a queue, `most` at most, one batch carries. */
export function batchSize<Call, Result>(
  queue: readonly Entry<Call, Result>[],
  most: number,
  rules: QueueRules<Call>,
): number {
  const { heaviest = Infinity } = rules
  if (queue[0]?.single) return 1
  let weight = 0
  for (let count = 0; count < most; count++) {
    const { call, single } = queue[count] as Entry<Call, Result>
    if (single) return count
    if (heaviest === Infinity) continue
    weight += rules.weightOf?.(call) ?? 0
    if (weight > heaviest) return Math.max(count, 1)
  }
  return most
}
