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

/** How much has gone through a queue. */
export interface Counts {
  /** Calls that were added. */
  calls: number
  /** Batches that left. */
  batches: number
}

/** What a queue is doing now, and has done since the store was made. */
export interface QueueStats {
  /** Calls since the store was made. */
  readonly calls: number
  /** Batches that these calls went in; a batch is usually one statement. */
  readonly batches: number
  /** Calls that wait for a batch now. */
  readonly waiting: number
  /** Batches under way now. */
  readonly inFlight: number
}

/** What a {@link Coalescer} has to know about its calls. */
export interface CoalescerRules<Call, Result> extends QueueRules<Call> {
  /** Batches in flight at once. */
  readonly lanes: number
  /** Counted on. Default: from 0. */
  readonly counts?: Counts
  /** The most entries of a batch of this kind. */
  size(kind: string): number
  /** What those hear who joined a call that somebody made before them. Default: the result. */
  resultOfLater?(result: Result, kind: string): Result
  /** The most callers that wait for a batch. */
  readonly maxQueue: number
  queueFull(): Error
  timedOut(): Error
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
