import type { ErrorKind, SessionStoreError } from '../errors.js'
import { realTime, backoff } from '../time.js'
import type { OutageWatch, Work } from './outage.js'
import { recoveryOf } from './recovery.js'

/** How often and how long a statement is tried. */
export interface RetryPolicy {
  readonly work: Work
  /**
   * Point on the monotonic clock (`performance.now()`) after which no further attempt starts, in
   * ms.
   */
  readonly deadline: number
  /** Whether it waits for a lock that another client holds; false: it fails then. Default: true. */
  readonly waitsForLocks?: boolean
  /**
   * The most connections that it may lose while it is under way, where what was sent can be sent in
   * parts.
   */
  readonly mostLosses?: number
  /**
   * Whether nobody waits for it but the store, so that the process may end meanwhile. Default: no.
   */
  readonly background?: boolean
}

/** What all attempts of a store have in common. */
export interface Attempts {
  /** Says when to try again while the database is out of reach. */
  readonly outage: OutageWatch
  /** Called before each further attempt. */
  readonly onRetry: (error: SessionStoreError) => void
}

/** A statement that lost a race is sent again at most this often. */
const mostRaces = 30

/**
 * After losing this many connections, while the database answers other statements, the store takes
 * it that the server drops every connection that sends this one.
 */
const mostOwnLosses = 9

/**
 * Runs `attempt` until it succeeds, fails for good or the deadline is near; {@link recoveryOf} says
 * what helps. The pauses double and are jittered, so that many processes do not come back in step.
 * Rejects with the last error.
 */
export async function retry<Result>(
  attempt: () => Promise<Result>,
  policy: RetryPolicy,
  { outage, onRetry }: Attempts,
): Promise<Result> {
  const { work, deadline, waitsForLocks = true, mostLosses = Infinity, background = false } = policy
  /** Failures by kind, so that an outage does not use up the attempts that a lost race has. */
  let failures: Map<ErrorKind | undefined, number> | undefined
  let losses = 0
  let recoveries: number | undefined
  for (;;) {
    const started = realTime.now()
    if (outage.isOutOfReach(work)) await outage.wait(work, deadline, background)
    try {
      const result = await attempt()
      if (outage.isAnyOutOfReach) outage.recovered(work)
      return result
    } catch (thrown) {
      const { again, concerns, database, pauses } = recoveryOf(thrown)
      if (database === 'answers') outage.recovered(work)
      if (again === 'never') throw thrown
      const error = thrown as SessionStoreError
      if (database === 'away') outage.failed(work, error, started)
      if (error.lostUnderWay) {
        // A loss counts where another statement has reached the database since the last one, or
        // where parts can be sent, which shows which of them is the reason.
        if (recoveries !== outage.recoveries || mostLosses < mostOwnLosses) losses++
        recoveries = outage.recoveries
        if (losses >= Math.min(mostLosses, mostOwnLosses)) throw error
      }
      failures ??= new Map()
      const count = (failures.get(error.kind) ?? 0) + 1
      failures.set(error.kind, count)
      const isOver =
        (again !== 'outage' && count > mostRaces) || (concerns === 'a locked row' && !waitsForLocks)
      // What found no connection is paced by the outage. What lost one waits: other statements
      // show meanwhile whether the database is away, or drops every connection that sends this.
      const isPaced = database === 'away' && !error.lostUnderWay
      const pause = isPaced || (again === 'at once' && count === 1) ? 0 : backoff(pauses, count)
      if (isOver || realTime.now() + pause >= deadline) throw error
      onRetry(error)
      if (pause > 0) await realTime.delay(pause, undefined, { ref: !background })
    }
  }
}
