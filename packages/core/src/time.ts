import { realTime } from './real-time.js'

/**
 * Settles as `work` does, or rejects with `error()` when it has not settled within `ms` milliseconds; 0 waits for ever. `background`: whether
 * the process may end meanwhile. Default: no.
 */
export function giveUpAfter<Result>(ms: number, work: Promise<Result>, error: () => Error, background = false): Promise<Result> {
  if (ms === 0) return work
  return new Promise((resolve, reject) => {
    const timer = realTime.setTimeout(() => {
      reject(error())
    }, ms)
    if (background) timer.unref()
    work.then(resolve, reject).finally(() => {
      realTime.clearTimeout(timer)
    })
  })
}
