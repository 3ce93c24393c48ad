import type { TimedCoalescer } from './controlled-coalescer.js'

/** The outcome of a call as a promise. */
export function push<Call, Result>(
  coalescer: TimedCoalescer<Call, Result>,
  key: string,
  call: Call,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    coalescer.call(key, call, (error, result) => {
      if (error === null) resolve(result as Result)
      else reject(error)
    })
  })
}
