import { invalidOption, nameOfError } from '../errors.js'

/**
 * What a function among the options returns. Throws a `TypeError` with code `ERR_INVALID_OPTION`
 * where that throws; what it threw is not passed on: it may quote the session.
 */
export function returnedBy<Given>(
  option: string,
  run: (given: Given) => unknown,
  given: Given,
): unknown {
  try {
    return run(given)
  } catch (error) {
    throw invalidOption(option, `the function threw ${nameOfError(error)}`)
  }
}

/** The milliseconds that such a function returns. Throws likewise where it returns none. */
export function msBy<Given>(
  option: string,
  run: (given: Given) => unknown,
  given: Given,
  isMs: (ms: number) => boolean = Number.isFinite,
): number {
  const ms = returnedBy(option, run, given)
  if (isPromise(ms)) throw invalidOption(option, 'the function returned a promise: return a number')
  if (typeof ms !== 'number' || !isMs(ms))
    throw invalidOption(option, 'the function did not return milliseconds')
  return ms
}

/** What code of the application gives at once, or later. */
export type Eventual<Value> = Value | Promise<Value>

/**
 * Whether code of the application returned a promise where it has to return the value itself. What
 * becomes of the promise concerns nobody then: its rejection counts as handled, so that it neither
 * ends the process nor is printed, since it may quote a session.
 */
export function isPromise(value: unknown): boolean {
  const promise = later(value)
  promise?.catch(ignore)
  return promise !== undefined
}

/**
 * The promise that code of the application returned, of whatever class, or `undefined` where it
 * returned a value.
 */
export function later(value: unknown): Promise<unknown> | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  try {
    const { then } = value as { readonly then?: unknown }
    return typeof then === 'function' ? Promise.resolve(value) : undefined
  } catch {
    return undefined
  }
}

/** What is made of a value as soon as it is there: at once, where it is. */
export function andThen<Value, Made>(
  value: Eventual<Value>,
  make: (value: Value) => Made,
): Eventual<Made> {
  return value instanceof Promise ? value.then(make) : make(value)
}

/** What can be read; where nothing can, why not is thrown. */
export async function readable<Read>(reads: readonly (() => Eventual<Read>)[]): Promise<Read[]> {
  const begun: Eventual<Read>[] = []
  let unreadable: Error | undefined
  for (const read of reads) {
    try {
      const value = read()
      // It may fail while another one is waited for.
      if (value instanceof Promise) value.catch(ignore)
      begun.push(value)
    } catch (error) {
      unreadable ??= error as Error
    }
  }
  const found: Read[] = []
  for (const value of begun) {
    try {
      found.push(value instanceof Promise ? await value : value)
    } catch (error) {
      unreadable ??= error as Error
    }
  }
  if (found.length === 0 && unreadable) throw unreadable
  return found
}

function ignore(): void {
  // Nobody waits for it.
}
