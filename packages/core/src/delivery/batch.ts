import type { Outcome, Setback } from '../coalescer/coalescer.js'
import { SessionStoreError } from '../errors.js'
import { longestPause, recoveryOf } from './recovery.js'
import type { RetryPolicy } from './retry.js'
import { realTime } from '../time.js'

/** How a statement for some of a batch's calls is sent. */
export interface PartPolicy extends RetryPolicy {
  readonly waitsForLocks: boolean
  /** How many statements share the time that one may wait for a lock. */
  readonly sharers: number
}

/** How the calls of a batch are done. */
interface BatchMeans<Call, Result> extends Pick<RetryPolicy, 'work' | 'deadline'> {
  /**
   * Does calls by one statement, and tries again what may help; resolves to the results in the
   * order of the calls.
   */
  run(calls: readonly Call[], policy: PartPolicy): Promise<readonly Result[]>
  /**
   * The places of calls whose rows another client has locked; must not reject. Default: locks
   * cannot be told, and are waited for.
   */
  readonly locked?: ((calls: readonly Call[]) => Promise<ReadonlySet<number>>) | undefined
}

/**
 * After losing this many connections under way, what was sent may be the reason, and is sent in
 * parts where it can be.
 */
const suspiciousLosses = 2

/**
 * Carries calls as one statement. Where that fails for a reason that one of them may be, each goes
 * by itself, so that only those fail that are at fault, until the deadline; where it waits for a
 * lock, it goes without the calls whose rows are locked.
 */
export async function carry<Call, Result>(
  calls: readonly Call[],
  means: BatchMeans<Call, Result>,
): Promise<Outcome<Result>> {
  const mostLosses = calls.length === 1 ? Infinity : suspiciousLosses
  try {
    // Nothing more is made for a batch that succeeds, which nearly all do.
    return { results: await means.run(calls, policyOf(means, mostLosses, 1)) }
  } catch (error) {
    const failed = new FailedBatch(calls, means)
    await failed.goOn([...calls.keys()], error)
    return failed
  }
}

/** Not spread: this runs for every statement. */
function policyOf<Call, Result>(
  { work, deadline, locked }: BatchMeans<Call, Result>,
  mostLosses: number,
  sharers: number,
): PartPolicy {
  return { work, deadline, waitsForLocks: !locked, mostLosses, sharers }
}

/** A batch whose statement has failed, and what becomes of each of its calls. */
class FailedBatch<Call, Result> implements Outcome<Result> {
  readonly results: Result[] = []
  readonly setbacks = new Map<number, Setback>()
  readonly #calls: readonly Call[]
  readonly #means: BatchMeans<Call, Result>

  constructor(calls: readonly Call[], means: BatchMeans<Call, Result>) {
    this.#calls = calls
    this.#means = means
  }

  /** Does what can be done about calls whose statement failed. Does not reject. */
  async goOn(places: readonly number[], error: unknown): Promise<void> {
    if (this.#isLock(error)) await this.#pastLocks(places, error)
    else if (places.length === 1 || this.#isForAll(error)) this.#fail(places, error)
    else await this.#oneByOne(places, 1)
  }

  /**
   * Calls whose rows are locked are blocked; the others go without them. Where none is seen,
   * another client may have inserted a row and not committed: the one that waits for it is found by
   * itself, in no more time than the batch has waited, and is to go in a batch of its own.
   */
  async #pastLocks(places: readonly number[], error: unknown): Promise<void> {
    const locked = await this.#means.locked?.(this.#callsAt(places))
    const free = places.filter((_, index) => !locked?.has(index))
    if (free.length === places.length) {
      if (free.length > 1) await this.#oneByOne(free, free.length)
      else this.#fail(free, error)
      return
    }
    for (const place of places)
      if (!free.includes(place)) this.setbacks.set(place, { then: 'blocked', error })
    if (free.length === 0) return
    try {
      await this.#run(free, 1)
    } catch (other) {
      await this.goOn(free, other)
    }
  }

  async #oneByOne(places: readonly number[], sharers: number): Promise<void> {
    for (const [index, place] of places.entries()) {
      try {
        await this.#run([place], sharers)
      } catch (error) {
        if (this.#mayBeReason(error)) this.setbacks.set(place, { then: 'single', error })
        else this.#fail([place], error)
        if (!this.#isForAll(error) && realTime.now() < this.#means.deadline) continue
        this.#fail(places.slice(index + 1), error)
        return
      }
    }
  }

  async #run(places: readonly number[], sharers: number): Promise<void> {
    const policy = policyOf(this.#means, suspiciousLosses, sharers)
    const results = await this.#means.run(this.#callsAt(places), policy)
    for (const [index, place] of places.entries()) this.results[place] = results[index] as Result
  }

  #fail(places: readonly number[], error: unknown): void {
    const isOutOfTime =
      recoveryOf(error).again !== 'never' && realTime.now() >= this.#means.deadline - longestPause
    const then = this.#isLock(error) ? 'single' : isOutOfTime ? 'outOfTime' : 'fail'
    for (const place of places) this.setbacks.set(place, { then, error })
  }

  #callsAt(places: readonly number[]): readonly Call[] {
    return places.map((place) => this.#calls[place] as Call)
  }

  /** Whether it waited for a lock as long as it was to. */
  #isLock(error: unknown): boolean {
    return recoveryOf(error).concerns === 'a locked row' && this.#means.locked !== undefined
  }

  #isForAll(error: unknown): boolean {
    return recoveryOf(error).concerns === 'every call' && !this.#mayBeReason(error)
  }

  /** Whether what was sent may be why the connection was lost, and there is time to find out. */
  #mayBeReason(error: unknown): boolean {
    return (
      error instanceof SessionStoreError &&
      error.lostUnderWay === true &&
      realTime.now() < this.#means.deadline
    )
  }
}
