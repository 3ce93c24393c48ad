import { AsyncResource } from 'node:async_hooks'
import type { Callback, Caller } from '../coalescer/coalescer.js'
import { diagnostics } from '../diagnostics.js'
import { ownError, withNote } from '../errors.js'
import { realTime } from '../time.js'

export type { Callback } from '../coalescer/coalescer.js'

/** Starts work that calls `done` once, at any time, with an error or with `null` and the result. */
export type Start<Result> = (done: Callback<Result>) => void

/**
 * Hands the outcome of work to the callback, or returns a promise of it when there is none. The
 * callback runs once, in a tick of its own, outside of everything: what it throws is the
 * application's and becomes an uncaught exception, not a second call. With a callback nothing is
 * returned. A promise that nobody looks at does not end the process when it rejects, because
 * express-session drops the one of `session.destroy()`: its failure is a line on the console. What
 * `start` throws counts as the outcome. Each caller gets a copy of an error, which it shares with
 * nobody.
 */
export function answer<Result>(
  callback: Callback<Result> | undefined,
  start: Start<Result>,
): Promise<Result> | undefined {
  if (typeof callback === 'function') {
    begin(start, (error, result) => {
      if (error === null) realTime.nextTick(callback, null, result)
      else realTime.nextTick(callback, ownError(error))
    })
    return undefined
  }
  let resolve: (result: Result) => void
  let reject: (error: unknown) => void
  const outcome = new WatchedPromise<Result>((...both) => ([resolve, reject] = both))
  begin(start, (error, result) => {
    if (error === null) resolve(result as Result)
    else {
      const own = ownError(error)
      reject(own)
      outcome.reportIfUnheard(own as Error)
    }
  })
  return outcome
}

/** Work that is published as a call of the store when it ends, where somebody listens. */
export function watchedCall<Result>(
  operation: string,
  dialect: string,
  start: Start<Result>,
): Start<Result> {
  if (!diagnostics.calls.isHeard) return start
  return (done) => {
    const ended = diagnostics.calls.begin()
    const heard: Callback<Result> = (error, result) => {
      ended({ operation, dialect }, error)
      done(error, result)
    }
    begin(start, heard)
  }
}

/** Work whose outcome is that of a promise. */
export function settled<Result>(outcome: Promise<Result>): Start<Result> {
  return (done) => void outcome.then((result) => done(null, result), done)
}

/** A promise of what work gives. */
export function promised<Result>(start: Start<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error === null) resolve(result as Result)
      else reject(error)
    })
  })
}

/**
 * A function that runs in the async context of whoever has it made, whoever calls it: what the
 * application keeps in an `AsyncLocalStorage` is then that of its own request. `AsyncResource.bind`
 * does the same at a hundred times the cost.
 */
export function inContext<Args extends unknown[], Result>(
  run: (...args: Args) => Result,
): (...args: Args) => Result {
  const context = new AsyncResource('KnexSessionStore')
  return (...args) => context.runInAsyncScope(run, undefined, ...args)
}

/** Somebody who hears of a call likewise, in one object: every call makes one. */
export class CallerInContext<Result> extends AsyncResource implements Caller<Result> {
  readonly deadline: number
  readonly #done: Callback<Result>

  constructor(deadline: number, done: Callback<Result>) {
    super('KnexSessionStore')
    this.deadline = deadline
    this.#done = done
  }

  done(error: unknown, result?: Result): void {
    this.runInAsyncScope(this.#done, undefined, error, result)
  }
}

/** A failure with the same text is reported once within this time, in ms. */
const quiet = 1_000

let lastReported = { message: '', at: -Infinity }

/**
 * A promise that knows whether somebody has asked for its outcome. `await` asks it as well, since
 * it is of a class of its own.
 */
class WatchedPromise<Result> extends Promise<Result> {
  #isHeard = false

  /** Those that are made of it are plain. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  override then<Kept = Result, Caught = never>(
    onResult?: ((result: Result) => Kept | PromiseLike<Kept>) | null,
    onError?: ((error: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    this.#isHeard = true
    return super.then(onResult, onError)
  }

  /** For one that has failed: reports it where nobody asks for the outcome; the process goes on. */
  reportIfUnheard(error: Error): void {
    const { message } = error
    void super.then(undefined, () => undefined)
    // The caller has until the end of this turn to ask: the call may have failed at once.
    realTime.setImmediate(() => {
      const at = realTime.now()
      if (this.#isHeard || (message === lastReported.message && at - lastReported.at < quiet))
        return
      lastReported = { message, at }
      console.error(
        withNote(
          error,
          'nobody heard of it: the call had no callback, and its promise was dropped',
        ),
      )
    })
  }
}

function begin<Result>(start: Start<Result>, done: Callback<Result>): void {
  try {
    start(done)
  } catch (error) {
    done(error)
  }
}
