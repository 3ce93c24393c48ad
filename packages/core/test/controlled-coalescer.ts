import type { BatchEnd, CoalescerSpec } from '../src/coalescer/spec.js'
import { Coalescer } from '../src/coalescer/coalescer.js'

export interface Running {
  readonly kind: string
  readonly calls: readonly string[]
  readonly deadline: number
  fail(error: Error): void
  finish(end?: BatchEnd<string>): void
}

/** Somebody who made a call, and what was heard of it so far: results, and the messages of errors. */
export interface Asked {
  readonly heard: readonly string[]
}

/** Makes a call; its outcome is looked at, not waited for, so that a call without one makes a test fail rather than hang. */
export function ask(coalescer: Coalescer<string, string>, key: string, call: string, then?: () => void): Asked {
  const heard: string[] = []
  coalescer.add(key, call, (error, result) => {
    heard.push(error === null ? (result as string) : (error as Error).message)
    then?.()
  })
  return { heard }
}

/** A coalescer of strings whose batches end when the test says so. */
export function controlled(overrides: Partial<CoalescerSpec<string, string>> = {}) {
  const running: Running[] = []
  const coalescer = new Coalescer<string, string>({
    lanes: 1,
    size: () => 10,
    kindOf: () => 'any',
    merge: () => undefined,
    exclusive: false,
    maxQueue: 100,
    timeout: 0,
    queueFull: () => new Error('full'),
    timedOut: () => new Error('late'),
    run: (kind, calls, deadline) =>
      new Promise((resolve, reject) => {
        running.push({ kind, calls, deadline, fail: reject, finish: (end) => resolve(end ?? { results: calls.map((call) => `${call}!`) }) })
      }),
    ...overrides,
  })
  return {
    coalescer,
    running,
    /** The calls of each batch so far. */
    sent: () => running.map(({ calls }) => calls),
  }
}
