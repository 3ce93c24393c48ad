import { setTimeout as delay } from 'node:timers/promises'
import { SessionStoreError } from './errors.js'

/** What a retried attempt may be told about the failure before it. */
export interface RetryPolicy {
  /** Point on the monotonic clock (`performance.now()`) after which no further attempt starts, in ms. */
  readonly deadline: number
  /** Called before each further attempt. */
  onRetry?(error: SessionStoreError): void
}

/** A statement that lost a race is sent again at most this often. */
const mostRaces = 30

const firstPause = { race: 5, connection: 50 }
const longestPause = 500

/**
 * Runs `attempt` until it succeeds, fails for good or the deadline is near. Lost races (deadlocks, duplicate keys, busy) are tried again
 * after a few ms, a lost connection and a missing table for as long as the deadline allows; the pauses double and are jittered, so that
 * many processes do not come back in step. Rejects with the last error.
 */
export async function retry<Result>(attempt: () => Promise<Result>, policy: RetryPolicy): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      const pause = pauseAfter(error, failures)
      if (pause === undefined || performance.now() + pause >= policy.deadline) throw error
      policy.onRetry?.(error as SessionStoreError)
      await delay(pause)
    }
  }
}

/** How long to wait after the n-th failure, in ms; `undefined` when trying again will not help. */
function pauseAfter(error: unknown, failures: number): number | undefined {
  if (!(error instanceof SessionStoreError) || error.kind === undefined) return undefined
  switch (error.kind) {
    case 'retryable':
    case 'duplicate':
      return failures > mostRaces ? undefined : backoff(firstPause.race, failures)
    case 'connection':
      return backoff(firstPause.connection, failures)
    case 'prepared-statement':
      return failures > mostRaces ? undefined : 0
    case 'missing-table':
      return failures > 1 ? undefined : 0
    case 'sid-taken':
    case 'sid-impossible':
    case 'already-exists':
    case 'other':
      return undefined
  }
}

/** Exponential with full jitter above one half: between 50 and 100 % of the doubled pause. */
function backoff(first: number, failures: number): number {
  return Math.min(first * 2 ** (failures - 1), longestPause) * (0.5 + Math.random() / 2)
}
