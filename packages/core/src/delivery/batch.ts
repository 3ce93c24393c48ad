import { BatchEnds } from './batch-ends.js'
import type { BatchEnd } from '../coalescer/spec.js'
import { SessionStoreError } from '../errors.js'
import { isLoss } from './lost-connections.js'
import { realTime } from '../real-time.js'

/** Runs calls as one statement. `tellsLosses`: whether it is to stop when the connection is lost under way again and again. */
type Run<Call, Result> = (calls: readonly Call[], tellsLosses: boolean) => Promise<readonly Result[]>

/** When a batch that failed is not run again. */
export interface BatchLimits {
  readonly deadline: number
  /** Whether the caller deals with a lock that another client holds. Default: no. */
  readonly tellsLocks?: boolean
}

/**
 * Runs calls as one statement. When it fails for a reason that one of its calls may have caused, each call runs again by itself, so that
 * only those fail that are at fault, until the deadline (`performance.now()`). A batch that loses its connection again and again runs in two
 * halves, and so on: a call that loses it by itself is left to run alone. `run` resolves to the results in the order of the calls it gets;
 * it does the retrying.
 */
export async function runBatch<Call, Result>(
  calls: readonly Call[],
  run: Run<Call, Result>,
  { deadline, tellsLocks = false }: BatchLimits,
  isPart = false,
): Promise<BatchEnd<Result>> {
  const tellsLosses = isPart || calls.length > 1
  try {
    return { results: await run(calls, tellsLosses) }
  } catch (error) {
    if (tellsLosses && isLoss(error) && realTime.now() < deadline) return runInHalves(calls, run, { deadline, tellsLocks })
    if (calls.length === 1 || meetsAll(error) || (tellsLocks && isLocked(error))) throw error
    return runOneByOne(calls, run, deadline)
  }
}

/** Has `run` get the calls ordered by sid, so that concurrent batches of all processes lock rows in one order. */
export function orderedBySid<Call, Result>(sidOf: (call: Call) => string, run: Run<Call, Result>): Run<Call, Result> {
  return async (calls, tellsLosses) => {
    if (calls.length === 1) return run(calls, tellsLosses)
    const sids = calls.map(sidOf)
    const order = [...calls.keys()].sort((one, other) => ((sids[one] ?? '') < (sids[other] ?? '') ? -1 : 1))
    const ordered = await run(
      order.map((place) => calls[place] as Call),
      tellsLosses,
    )
    const results = new Array<Result>(calls.length)
    order.forEach((place, index) => (results[place] = ordered[index] as Result))
    return results
  }
}

async function runInHalves<Call, Result>(calls: readonly Call[], run: Run<Call, Result>, limits: BatchLimits): Promise<BatchEnd<Result>> {
  const ends = new BatchEnds<Call, Result>(calls)
  if (calls.length === 1) ends.leaveAlone(0)
  else {
    const places = [...calls.keys()]
    const middle = Math.ceil(calls.length / 2)
    for (const half of [places.slice(0, middle), places.slice(middle)]) await ends.of(half, (some) => runBatch(some, run, limits, true))
  }
  return ends
}

async function runOneByOne<Call, Result>(calls: readonly Call[], run: Run<Call, Result>, deadline: number): Promise<BatchEnd<Result>> {
  const ends = new BatchEnds<Call, Result>(calls)
  let meetsRest: { readonly error: unknown } | undefined
  for (const [place, call] of calls.entries()) {
    if (meetsRest) {
      ends.failures.set(place, meetsRest.error)
      continue
    }
    try {
      ends.results[place] = (await run([call], true))[0] as Result
    } catch (error) {
      if (isLoss(error) && realTime.now() < deadline) {
        ends.leaveAlone(place)
        continue
      }
      ends.failures.set(place, error)
      if (meetsAll(error) || realTime.now() >= deadline) meetsRest = { error }
    }
  }
  return ends
}

/** Whether one of several calls that became one may have made it fail, so that it is worth making them one by one. */
export function mayBeOfOneCall(error: unknown): boolean {
  return !meetsAll(error) && !isLocked(error) && !(error instanceof SessionStoreError && error.kind === 'retryable')
}

/** Whether a lock that another client holds made a call fail. */
export function isLocked(error: unknown): boolean {
  return error instanceof SessionStoreError && error.kind === 'locked'
}

/** Whether a failure would meet every call of the batch alike. */
function meetsAll(error: unknown): boolean {
  return (
    error instanceof SessionStoreError && (error.code === 'ERR_CONNECTION' || error.kind === 'connection' || error.kind === 'missing-table')
  )
}
