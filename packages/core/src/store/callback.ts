import { AsyncResource } from 'node:async_hooks'
import { ownError } from '../errors.js'
import { realTime } from '../time.js'

/** A Node.js callback: an error, or `null` and the result. */
export type Callback<Result> = (error: unknown, result?: Result) => void

/** Starts work that calls `done` once, at any time, with an error or with `null` and the result. */
export type Start<Result> = (done: Callback<Result>) => void

/**
 * Hands the outcome of work to the callback, or returns a promise of it when there is none. The callback runs once, in a tick of its own,
 * outside of everything: what it throws is the application's and becomes an uncaught exception, not a second call. With a callback nothing
 * is returned. Nor is a promise that nobody looks at a reason to end the process: express-session drops the one that it gets of
 * `session.destroy()`. What `start` throws counts as the outcome. Nobody shares an error with another: each gets a copy.
 */
export function answer<Result>(callback: Callback<Result> | undefined, start: Start<Result>): Promise<Result> | undefined {
  if (typeof callback === 'function') {
    begin(start, (error, result) => {
      if (error === null) realTime.nextTick(callback, null, result)
      else realTime.nextTick(callback, ownError(error))
    })
    return undefined
  }
  const outcome = new Promise<Result>((resolve, reject) => {
    begin(start, (error, result) => {
      if (error === null) resolve(result as Result)
      else reject(ownError(error))
    })
  })
  return heard(outcome)
}

/** Hands the outcome of a promise on, as {@link answer} does. */
export function deliver<Result>(outcome: Promise<Result>, callback: Callback<Result> | undefined): Promise<Result> | undefined {
  if (typeof callback !== 'function') {
    return heard(
      outcome.catch((error: unknown) => {
        throw ownError(error)
      }),
    )
  }
  return answer(callback, (done) => {
    outcome.then((result) => done(null, result), done)
  })
}

/**
 * A function that runs in the async context of whoever has it made, whoever calls it: what the application keeps in an `AsyncLocalStorage` is
 * then that of its own request. `AsyncResource.bind` does the same at a hundred times the cost.
 */
export function inContext<Args extends unknown[], Result>(run: (...args: Args) => Result): (...args: Args) => Result {
  const context = new AsyncResource('KnexSessionStore')
  return (...args) => context.runInAsyncScope(run, undefined, ...args)
}

/** For a call whose outcome nobody hears: a failure becomes a line on the console. */
export function toldByConsole<Result>(done: Callback<Result>, hint: string): Callback<Result> {
  return (error, result) => {
    if (error !== null) console.error(`${(error as Error).message} (${hint})`)
    done(error, result)
  }
}

/** A promise whose rejection counts as handled, whether or not somebody waits for it. */
function heard<Result>(outcome: Promise<Result>): Promise<Result> {
  outcome.catch(() => undefined)
  return outcome
}

function begin<Result>(start: Start<Result>, done: Callback<Result>): void {
  try {
    start(done)
  } catch (error) {
    done(error)
  }
}
