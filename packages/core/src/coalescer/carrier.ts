/** What became of a call that did not succeed, and what is to be done with it. */
export interface Setback {
  /**
   * - `fail`: its callers hear the error
   * - `blocked`: it waits, with later calls of its key, until a lock of another client is gone
   * - `outOfTime`: the batch came to its deadline; callers who have more time wait for another
   *   batch, the others hear the error
   * - `single`: it is to go again, in a batch of its own
   */
  readonly then: 'fail' | 'blocked' | 'outOfTime' | 'single'
  readonly error: unknown
}

/** How a batch ended. */
export interface Outcome<Result> {
  /** The result of each call, in order; whatever it is where the call has a setback. */
  readonly results: readonly Result[]
  /** The setbacks, by the places of the calls. Default: every call succeeded. */
  readonly setbacks?: ReadonlyMap<number, Setback>
}

/** Carries batches to where they are done. */
export interface Carrier<Call, Result> {
  /**
   * Does the calls of one kind. Its work has to end at `deadline` (`performance.now()`), the first
   * of those of the callers. A rejection fails every call.
   */
  carry(kind: string, calls: readonly Call[], deadline: number): Promise<Outcome<Result>>
  /**
   * Asked now and then about blocked calls: the places of those that still are. Must not reject.
   * Default: none is.
   */
  stillBlocked?(calls: readonly Call[]): Promise<ReadonlySet<number>>
}
