import type { Outcome, Setback } from '../coalescer/coalescer.js'
import { SessionStoreError } from '../errors.js'
import { recoveryOf } from './recovery.js'
import { longestPause } from './retry.js'
import { realTime } from '../time.js'

/** How a statement for some of a batch's calls is sent. */
export interface PartLimits {
  readonly waitsForLocks: boolean
  readonly mostLosses: number
  /** How many statements share the time that one may wait for a lock. */
  readonly sharers: number
}

/** How the calls of a batch are done. */
interface BatchMeans<Call, Result> {
  /**
   * Does calls by one statement, and tries again what may help; resolves to the results in the
   * order of the calls.
   */
  run(calls: readonly Call[], limits: PartLimits): Promise<readonly Result[]>
  /**
   * The places of calls whose rows another client has locked; must not reject. Default: locks
   * cannot be told, and are waited for.
   */
  locked?(calls: readonly Call[]): Promise<ReadonlySet<number>>
}

/**
 * After losing this many connections under way, what was sent may be the reason, and is sent in
 * parts where it can be.
 */
const suspiciousLosses = 2

/**
 * Carries calls as one statement. Where that fails for a reason that one of them may be, each goes
 * by itself, so that only those fail that are at fault, until the deadline (`performance.now()`);
 * where it waits for a lock, it goes without the calls whose rows are locked.
 */
export async function carry<Call, Result>(
  calls: readonly Call[],
  means: BatchMeans<Call, Result>,
  deadline: number,
): Promise<Outcome<Result>> {
  const limits = {
    waitsForLocks: !means.locked,
    mostLosses: calls.length === 1 ? Infinity : suspiciousLosses,
    sharers: 1,
  }
  try {
    // Nothing more is made for a batch that succeeds, which nearly all do.
    return { results: await means.run(calls, limits) }
  } catch (error) {
    return new FailedBatch(calls, means, deadline).goOn(error)
  }
}

/** A batch whose statement has failed, and what becomes of each of its calls. */
class FailedBatch<Call, Result> implements Outcome<Result> {
  readonly results: Result[]
  readonly setbacks: Map<number, Setback> = new Map()
  readonly #calls: readonly Call[]
  readonly #means: BatchMeans<Call, Result>
  readonly #deadline: number

  constructor(calls: readonly Call[], means: BatchMeans<Call, Result>, deadline: number) {
    this.results = new Array<Result>(calls.length)
    this.#calls = calls
    this.#means = means
    this.#deadline = deadline
  }

  /** Does what can be done about the failure. Does not reject. */
  async goOn(error: unknown): Promise<Outcome<Result>> {
    await this.#goOn([...this.#calls.keys()], error)
    return this
  }

  async #together(places: readonly number[]): Promise<void> {
    try {
      await this.#run(places, 1)
    } catch (error) {
      await this.#goOn(places, error)
    }
  }

  /** What becomes of calls whose statement failed. */
  async #goOn(places: readonly number[], error: unknown): Promise<void> {
    const { concerns } = recoveryOf(error)
    if (concerns === 'a locked row' && this.#means.locked) return this.#pastLocks(places, error)
    const isForAll = concerns === 'every call' && !this.#mayBeReason(error)
    if (places.length === 1 || isForAll) for (const place of places) this.#fail(place, error)
    else await this.#oneByOne(places, 1)
  }

  /**
   * Calls whose rows are locked are blocked; the others go without them. Where none is seen,
   * another client may have inserted a row and not committed: the one that waits for it is found by
   * itself, in no more time than the batch has waited, and is to go in a batch of its own.
   */
  async #pastLocks(places: readonly number[], error: unknown): Promise<void> {
    const locked = await this.#locked(places)
    for (const place of locked) this.setbacks.set(place, { then: 'blocked', error })
    const free = places.filter((place) => !locked.has(place))
    if (locked.size > 0 && free.length > 0) await this.#together(free)
    else if (free.length > 1) await this.#oneByOne(free, free.length)
    else for (const place of free) this.#fail(place, error)
  }

  async #oneByOne(places: readonly number[], sharers: number): Promise<void> {
    let forRest: { readonly error: unknown } | undefined
    for (const place of places) {
      if (forRest) this.#fail(place, forRest.error)
      else {
        const error = await this.#runSingle(place, sharers)
        const isForAll = recoveryOf(error).concerns === 'every call' && !this.#mayBeReason(error)
        if (error !== undefined && (isForAll || realTime.now() >= this.#deadline))
          forRest = { error }
      }
    }
  }

  /** Does one call; gives the error that it failed with. */
  async #runSingle(place: number, sharers: number): Promise<unknown> {
    try {
      await this.#run([place], sharers)
      return undefined
    } catch (error) {
      if (this.#mayBeReason(error)) this.setbacks.set(place, { then: 'single', error })
      else this.#fail(place, error)
      return error
    }
  }

  async #run(places: readonly number[], sharers: number): Promise<void> {
    const calls = places.map((place) => this.#calls[place] as Call)
    const waitsForLocks = !this.#means.locked
    const limits = { waitsForLocks, mostLosses: suspiciousLosses, sharers }
    const results = await this.#means.run(calls, limits)
    places.forEach((place, index) => {
      this.results[place] = results[index] as Result
      this.setbacks.delete(place)
    })
  }

  async #locked(places: readonly number[]): Promise<ReadonlySet<number>> {
    const found = await this.#means.locked?.(places.map((place) => this.#calls[place] as Call))
    return new Set([...(found ?? [])].map((index) => places[index] as number))
  }

  #fail(place: number, error: unknown): void {
    const { again, concerns } = recoveryOf(error)
    const isLocked = concerns === 'a locked row' && this.#means.locked !== undefined
    const isOutOfTime = again !== 'never' && realTime.now() >= this.#deadline - longestPause
    this.setbacks.set(place, {
      then: isLocked ? 'single' : isOutOfTime ? 'outOfTime' : 'fail',
      error,
    })
  }

  /** Whether what was sent may be why the connection was lost, and there is time to find out. */
  #mayBeReason(error: unknown): boolean {
    return (
      error instanceof SessionStoreError &&
      error.lostUnderWay === true &&
      realTime.now() < this.#deadline
    )
  }
}
