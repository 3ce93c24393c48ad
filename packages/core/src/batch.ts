import type { Outcome } from './coalescer.js'
import { SessionStoreError } from './errors.js'

/**
 * Runs calls as one statement, ordered by sid, so that concurrent batches of all processes lock rows in one order. When the batch fails
 * for a reason that one of its calls may have caused, each call runs again by itself, so that only those fail that are at fault.
 * `run` gets the ordered calls and resolves to their results in that order; it does the retrying.
 */
export async function runBatch<Call, Result>(
  calls: readonly Call[],
  sidOf: (call: Call) => string,
  run: (ordered: readonly Call[]) => Promise<readonly Result[]>,
): Promise<readonly Outcome<Result>[]> {
  const [only] = calls
  if (only !== undefined && calls.length === 1) return [await runAlone(only, run)]
  const ordered = calls.map((call, index) => ({ call, index, sid: sidOf(call) })).sort((one, other) => (one.sid < other.sid ? -1 : 1))
  const outcomes = new Array<Outcome<Result>>(calls.length)
  try {
    const results = await run(ordered.map(({ call }) => call))
    ordered.forEach(({ index }, place) => (outcomes[index] = { result: results[place] as Result }))
  } catch (error) {
    const shared = sharedFault(error)
    for (const { call, index } of ordered) outcomes[index] = shared ? { error } : await runAlone(call, run)
  }
  return outcomes
}

async function runAlone<Call, Result>(call: Call, run: (ordered: readonly Call[]) => Promise<readonly Result[]>): Promise<Outcome<Result>> {
  try {
    const [result] = await run([call])
    return { result: result as Result }
  } catch (error) {
    return { error }
  }
}

/** Whether a failure would meet every call of the batch alike. */
function sharedFault(error: unknown): boolean {
  return (
    error instanceof SessionStoreError && (error.kind === 'connection' || error.kind === 'missing-table' || error.code === 'ERR_CLOSED')
  )
}
