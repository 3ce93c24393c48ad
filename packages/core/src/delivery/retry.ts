import type { ErrorKind } from '../dialect/adapter.js'
import { SessionStoreError } from '../errors.js'
import { isLoss, Losses } from './lost-connections.js'
import type { OutageWatch, Work } from './outage.js'
import { realTime } from '../real-time.js'

/** What a retried attempt may be told about the failure before it. */
export interface RetryPolicy {
  /** Point on the monotonic clock (`performance.now()`) after which no further attempt starts, in ms. */
  readonly deadline: number
  readonly work: Work
  /** Says when to try again while the database is out of reach. */
  readonly outage: OutageWatch
  /** Whether a lock that another client holds is for the caller to deal with. Default: it is waited for. */
  readonly tellsLocks?: boolean
  /** Whether the caller can take apart what a server drops its connections for; it is told soon then. Default: no. */
  readonly tellsLosses?: boolean
  /** Whether nobody waits for it but the store, so that the process may end meanwhile. Default: no. */
  readonly background?: boolean
  /** Called before each further attempt. */
  onRetry?(error: SessionStoreError): void
}

/** A statement that lost a race is sent again at most this often. */
const mostRaces = 30

/** The longest pause before another attempt, in ms, and so how long before the deadline the last one may have failed. */
export const longestPause = 500

const racePauses = { first: 5, longest: longestPause }

/** Without an answer a statement is sent again after this, in ms, where the time allows it at all. */
const timeoutPauses = { first: 50, longest: longestPause }

/**
 * Runs `attempt` until it succeeds, fails for good or the deadline is near. Lost races (deadlocks, duplicate keys, busy) are tried again
 * after a few ms, a lost connection and a missing table for as long as the deadline allows; the pauses double and are jittered, so that
 * many processes do not come back in step. Rejects with the last error.
 */
export async function retry<Result>(attempt: () => Promise<Result>, policy: RetryPolicy): Promise<Result> {
  const { outage, work, deadline, background = false } = policy
  /** How often it failed, by what that means: an outage before must not use up the chances of a lost race. */
  let failures: Partial<Record<ErrorKind, number>> | undefined
  let losses: Losses | undefined
  for (;;) {
    if (outage.holds(work)) await outage.turn(work, deadline, background)
    const started = realTime.now()
    try {
      const result = await attempt()
      if (outage.isOn) outage.worked(work)
      return result
    } catch (error) {
      const isLost = isLoss(error)
      if (isLost) (losses ??= new Losses(policy.tellsLosses === true)).add(!outage.holds(work))
      const own = losses?.own ?? 0
      // A database that answers others is not away: they need not wait for this one.
      if (!isLost || own === 0) watch(error, started, policy)
      if (isLost && losses?.areEnough) throw error
      const { kind = 'other' } = error as Partial<SessionStoreError>
      failures = { ...failures, [kind]: (failures?.[kind] ?? 0) + 1 }
      const isTold = kind === 'locked' && policy.tellsLocks
      const pause = isTold ? undefined : isLost && own > 0 ? backoff(timeoutPauses, own) : pauseAfter(error, failures[kind] ?? 1)
      if (pause === undefined || realTime.now() + pause >= deadline) throw error
      policy.onRetry?.(error as SessionStoreError)
      if (pause > 0) await realTime.delay(pause, undefined, { ref: !background })
    }
  }
}

/** Every answer of the database, a refusal too, ends an outage; no answer in time tells nothing: a lock or the pool may be the reason. */
function watch(error: unknown, started: number, { outage, work }: RetryPolicy): void {
  if (!(error instanceof SessionStoreError) || error.kind === undefined) return
  if (error.code === 'ERR_CONNECTION') outage.failed(work, error, started)
  else if (error.kind !== 'connection') outage.worked(work)
}

/** How long to wait after the n-th failure, in ms; `undefined` when trying again will not help. */
function pauseAfter(error: unknown, failures: number): number | undefined {
  if (!(error instanceof SessionStoreError) || error.kind === undefined) return undefined
  switch (error.kind) {
    case 'retryable':
    case 'locked':
    case 'duplicate':
      return failures > mostRaces ? undefined : backoff(racePauses, failures)
    case 'connection':
    case 'login-refused':
      return error.code === 'ERR_CONNECTION' ? 0 : backoff(timeoutPauses, failures)
    case 'prepared-statement':
      return failures > mostRaces ? undefined : 0
    case 'missing-table':
      // What says so without a cause is the store: the table is not to be made.
      if (error.cause === undefined || failures > mostRaces) return undefined
      return failures === 1 ? 0 : backoff(racePauses, failures - 1)
    case 'sid-taken':
    case 'sid-impossible':
    case 'already-exists':
    case 'other':
      return undefined
  }
}

/** Exponential with full jitter above one half: between 50 and 100 % of the doubled pause. */
export function backoff({ first, longest }: { readonly first: number; readonly longest: number }, failures: number): number {
  return Math.min(first * 2 ** (failures - 1), longest) * (0.5 + Math.random() / 2)
}
