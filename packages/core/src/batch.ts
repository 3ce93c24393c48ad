import type { BatchEnd } from './coalescer-spec.js'
import { SessionStoreError } from './errors.js'

type Run<Call, Result> = (calls: readonly Call[]) => Promise<readonly Result[]>

/** When a batch that failed is not run again. */
export interface BatchLimits {
  readonly deadline: number
  /** Whether the caller deals with a lock that another client holds. Default: no. */
  readonly tellsLocks?: boolean
}

/**
 * Runs calls as one statement. When it fails for a reason that one of its calls may have caused, each call runs again by itself, so that
 * only those fail that are at fault, until the deadline (`performance.now()`). `run` resolves to the results in the order of the calls it
 * gets; it does the retrying.
 */
export async function runBatch<Call, Result>(
  calls: readonly Call[],
  run: Run<Call, Result>,
  { deadline, tellsLocks = false }: BatchLimits,
): Promise<BatchEnd<Result>> {
  try {
    return { results: await run(calls) }
  } catch (error) {
    if (calls.length === 1 || meetsAll(error) || (tellsLocks && isLocked(error))) throw error
    return runOneByOne(calls, run, deadline)
  }
}

/** Has `run` get the calls ordered by sid, so that concurrent batches of all processes lock rows in one order. */
export function orderedBySid<Call, Result>(sidOf: (call: Call) => string, run: Run<Call, Result>): Run<Call, Result> {
  return async (calls) => {
    if (calls.length === 1) return run(calls)
    const sids = calls.map(sidOf)
    const order = [...calls.keys()].sort((one, other) => ((sids[one] ?? '') < (sids[other] ?? '') ? -1 : 1))
    const ordered = await run(order.map((place) => calls[place] as Call))
    const results = new Array<Result>(calls.length)
    order.forEach((place, index) => (results[place] = ordered[index] as Result))
    return results
  }
}

async function runOneByOne<Call, Result>(calls: readonly Call[], run: Run<Call, Result>, deadline: number): Promise<BatchEnd<Result>> {
  const results = new Array<Result>(calls.length)
  const failures = new Map<number, unknown>()
  let meetsRest: { readonly error: unknown } | undefined
  for (const [place, call] of calls.entries()) {
    if (meetsRest) {
      failures.set(place, meetsRest.error)
      continue
    }
    try {
      results[place] = (await run([call]))[0] as Result
    } catch (error) {
      failures.set(place, error)
      if (meetsAll(error) || performance.now() >= deadline) meetsRest = { error }
    }
  }
  return { results, failures }
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
  return error instanceof SessionStoreError && (error.kind === 'connection' || error.kind === 'missing-table')
}
