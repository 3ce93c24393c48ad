/** What a `Coalescer` needs to know about its calls. */
export interface CoalescerSpec<Call, Result> {
  /** Batches in flight at once. */
  readonly lanes: number
  /** The most entries of a batch of this kind. */
  size(kind: string): number
  /** What a call weighs in a batch. Default: nothing. */
  weightOf?(call: Call): number
  /** The most that the calls of a batch may weigh together; one that weighs more goes alone. Default: no limit. */
  readonly heaviest?: number
  /** Calls of one kind may share a batch. */
  kindOf(call: Call): string
  /**
   * One call that does what both do, or `undefined` when the later one must run in a batch after the earlier one.
   * Only calls of one key meet, and only while the earlier one still waits.
   */
  merge(earlier: Call, later: Call): Call | undefined
  /** Whether a key may be in only one batch in flight, so that its calls take effect in the order they were made. */
  readonly exclusive: boolean
  /**
   * Runs a batch of one kind, whose work has to end at `deadline` (`performance.now()`), just before the first of its callers gives up. A
   * rejection fails every call of it.
   */
  run(kind: string, calls: readonly Call[], deadline: number): Promise<BatchEnd<Result>>
  /**
   * Whether a call failed because the deadline of its batch came: if so, callers who have more time left wait for another batch. Default: no.
   */
  outOfTime?(error: unknown, deadline: number): boolean
  /** Whether a merged call that failed is made again as the calls it was merged of, so that only those fail that are at fault. Default: no. */
  separable?(error: unknown): boolean
  /**
   * Whether a call failed because something outside holds it up: it is set aside then, and with it later ones of its key, so that it holds up
   * no other. Default: no.
   */
  heldUp?(error: unknown): boolean
  /** Asked now and then about calls that were set aside: the places of those that are still held up. Must not reject. Default: none is. */
  stillHeldUp?(calls: readonly Call[]): Promise<ReadonlySet<number>>
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
  /** The places of calls that have not run, and are to run again, each by itself, so that nobody waits for them. Default: none. */
  readonly alone?: ReadonlySet<number>
}
