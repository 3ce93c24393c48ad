/** A Node.js callback: an error, or `null` and the result. */
export type Callback<Result> = (error: unknown, result?: Result) => void

/**
 * Hands the outcome to the callback, or returns the promise when there is none. The callback runs once, in a tick of its own, outside the
 * promise: what it throws is the application's and becomes an uncaught exception, not a second call. With a callback nothing is returned,
 * because a rejected promise that nobody holds ends the process.
 */
export function deliver<Result>(outcome: Promise<Result>, callback: Callback<Result> | undefined): Promise<Result> | undefined {
  if (typeof callback !== 'function') return outcome
  outcome.then(
    (result) => {
      process.nextTick(callback, null, result)
    },
    (error: unknown) => {
      process.nextTick(callback, error)
    },
  )
  return undefined
}
