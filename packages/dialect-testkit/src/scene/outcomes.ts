import assert from 'node:assert/strict'

/** How a promise ended; `error` is `undefined` when it was fulfilled. */
export interface Outcome<Result> {
  readonly result?: Result
  readonly error?: unknown
}

/** Waits for all of the promises, whether they fail or not. */
export async function settled<Result>(
  promises: readonly Promise<Result>[],
): Promise<readonly Outcome<Result>[]> {
  const outcomes = await Promise.allSettled(promises)
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled'
      ? { result: outcome.value }
      : { error: outcome.reason as unknown },
  )
}

/** What a promise rejects with; fails when it does not. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  const [outcome] = await settled([promise])
  assert.ok(outcome && 'error' in outcome, 'expected an error')
  return outcome.error
}
