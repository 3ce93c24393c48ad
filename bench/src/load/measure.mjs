import { createHistogram } from 'node:perf_hooks'

/**
 * Runs an operation in a closed loop: every caller starts the next one when its last has ended.
 * @param {() => Promise<unknown>} operation
 * @param {number} callers
 * @param {number} ms how long calls are started; those under way then are waited for and counted
 * @returns {Promise<number>} operations per second
 */
export async function throughput(operation, callers, ms) {
  let ended = 0
  const start = performance.now()
  const deadline = start + ms
  const caller = async () => {
    while (performance.now() < deadline) {
      await operation()
      ended++
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (ended / (performance.now() - start)) * 1_000
}

/**
 * As {@link throughput}, with the time of each operation. Between two of them a caller lets the
 * event loop turn: a store whose driver never waits (SQLite) would otherwise keep every timer from
 * running. Callers that wait for the same turn go on together.
 * @param {() => Promise<unknown>} operation
 * @param {number} callers
 * @param {() => boolean} goesOn asked before each operation
 * @returns {Promise<{ rate: number, count: number, p50: number, p99: number, max: number }>}
 * operations per second; milliseconds
 */
export async function latencies(operation, callers, goesOn) {
  // In ns, and of one size however many there are: what is measured may be the growth of memory.
  const times = createHistogram({ figures: 3 })
  const nextTurn = turns()
  const begin = performance.now()
  const caller = async () => {
    while (goesOn()) {
      const start = performance.now()
      await operation()
      times.record(Math.max(1, Math.round((performance.now() - start) * 1e6)))
      await nextTurn()
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const elapsed = performance.now() - begin
  return {
    rate: (times.count / elapsed) * 1_000,
    count: times.count,
    p50: times.percentile(50) / 1e6,
    p99: times.percentile(99) / 1e6,
    max: times.max / 1e6,
  }
}

/**
 * @returns {() => Promise<void>} a promise of the event loop's next turn, the same for all who ask
 * in this one
 */
function turns() {
  /** @type {Promise<void> | undefined} */
  let next
  return () =>
    (next ??= new Promise((resolve) =>
      setImmediate(() => {
        next = undefined
        resolve()
      }),
    ))
}

/** @param {number} ms @returns {() => boolean} true until `ms` from now */
export function until(ms) {
  const deadline = performance.now() + ms
  return () => performance.now() < deadline
}

/**
 * Collects garbage where Node was started with `--expose-gc`, so that one contender's waste is not
 * paid by the next.
 */
export function collectGarbage() {
  globalThis.gc?.()
}

/**
 * Collects what the last calls left. Collecting all would also throw away compiled code, which takes
 * a second or two of calls to be made again: a server at work has it.
 */
export function collectYoungGarbage() {
  globalThis.gc?.({ type: 'minor' })
}
