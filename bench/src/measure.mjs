import { quantile } from './statistics.mjs'

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
 * As {@link throughput}, with the time of each operation.
 * @param {() => Promise<unknown>} operation
 * @param {number} callers
 * @param {() => boolean} goesOn asked before each operation
 * @returns {Promise<{ rate: number, count: number, p50: number, p99: number, max: number }>} operations per second; milliseconds
 */
export async function latencies(operation, callers, goesOn) {
  /** @type {number[]} */
  const times = []
  const begin = performance.now()
  const caller = async () => {
    while (goesOn()) {
      const start = performance.now()
      await operation()
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const elapsed = performance.now() - begin
  return {
    rate: (times.length / elapsed) * 1_000,
    count: times.length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    max: quantile(times, 1),
  }
}

/** @param {number} ms @returns {() => boolean} true until `ms` from now */
export function until(ms) {
  const deadline = performance.now() + ms
  return () => performance.now() < deadline
}

/** Collects garbage where Node was started with `--expose-gc`, so that one contender's waste is not paid by the next. */
export function collectGarbage() {
  globalThis.gc?.()
}
