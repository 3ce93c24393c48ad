import { toEpochMs, type EpochMs } from '../../dialect/index.js'
import { invalidOption, nameOfError } from '../../errors.js'
import { isPromise } from '../../session/promises.js'

/**
 * The time by the application's clock; throws a `TypeError` with code `ERR_INVALID_OPTION` where
 * that gives none.
 */
export function timeBy(clock: () => number): EpochMs {
  let now: unknown
  try {
    now = clock()
  } catch (error) {
    throw invalidOption('clock', `the function threw ${nameOfError(error)}`)
  }
  if (isPromise(now))
    throw invalidOption('clock', 'the function returned a promise: return a number')
  if (typeof now !== 'number' || !Number.isFinite(now))
    throw invalidOption('clock', 'the function did not return milliseconds')
  return toEpochMs(now)
}
