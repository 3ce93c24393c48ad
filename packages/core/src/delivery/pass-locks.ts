import { isLocked } from './batch.js'
import { BatchEnds } from './batch-ends.js'
import type { BatchEnd } from '../coalescer/spec.js'

/** How a batch is run that a lock of another client may hold up. */
export interface PassingRun<Call, Result> {
  /** Runs calls; rejects for a lock when it may not wait for it. */
  run(calls: readonly Call[], mayWait: boolean): Promise<BatchEnd<Result>>
  /** The places of calls whose rows another client has locked. Must not reject. */
  locked(calls: readonly Call[]): Promise<ReadonlySet<number>>
}

/**
 * Runs calls as one batch, and where a lock holds it up, without those whose rows are locked: they fail with the error of the lock. Where
 * no row is seen to be locked, one call after the other.
 */
export async function passLocks<Call, Result>(calls: readonly Call[], passing: PassingRun<Call, Result>): Promise<BatchEnd<Result>> {
  try {
    return await passing.run(calls, false)
  } catch (error) {
    if (!isLocked(error)) throw error
    const locked = await passing.locked(calls)
    if (locked.size === 0) return calls.length === 1 ? passing.run(calls, true) : oneByOne(calls, passing)
    const ends = new BatchEnds<Call, Result>(calls)
    for (const place of locked) ends.failures.set(place, error)
    const free = [...calls.keys()].filter((place) => !locked.has(place))
    if (free.length > 0) await ends.of(free, (some) => passLocks(some, passing))
    return ends
  }
}

/**
 * What holds a batch up may be a row that is not there to be seen: another client has inserted it, and not committed. The call for it is to
 * wait alone. Where a second call waits as well the database is slow, and the rest goes as one batch.
 */
async function oneByOne<Call, Result>(calls: readonly Call[], passing: PassingRun<Call, Result>): Promise<BatchEnd<Result>> {
  const ends = new BatchEnds<Call, Result>(calls)
  const rest: number[] = []
  const isHeldUpUnseen = async (place: number) => {
    await ends.of([place], (one) => passing.run(one, false))
    return isLocked(ends.failures.get(place)) && (await passing.locked([calls[place] as Call])).size === 0
  }
  for (const place of calls.keys()) {
    const isSlow = rest.length > 1
    if (isSlow || (await isHeldUpUnseen(place))) rest.push(place)
  }
  if (rest.length > 1) await ends.of(rest, (some) => passing.run(some, true))
  else for (const place of rest) ends.leaveAlone(place)
  return ends
}
