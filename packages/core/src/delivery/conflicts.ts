import type { Carrier, Outcome, Setback } from '../coalescer/coalescer.js'
import { SessionStoreError } from '../errors.js'
import { changeOf, type SessionWrite } from '../session/writes.js'
import type { StoredSession } from '../session/payload.js'
import { conflicting } from '../table/updates.js'
import { realTime, withTimeout } from '../time.js'

type Carry = Carrier<SessionWrite, number>['carry']

/** Reads the row of a session as it is now. */
type Read = (sid: string, deadline: number) => Promise<StoredSession | undefined>

/**
 * Carries writes of which some are only to go over the version that they were made from. One that
 * meets another version goes again, in a batch of its own and before all later writes of its
 * session: what is there is read, merged with it, and written over, until it meets no other.
 */
export function withConflicts(carry: Carry, read: Read): Carry {
  return async (kind, writes, deadline) => {
    const [write] = writes
    const change = write && writes.length === 1 ? changeOf(write) : undefined
    if (write?.kind === 'update' && change?.hasConflict === true) {
      try {
        const stored = await read(write.row.sid, deadline)
        // It was ended meanwhile.
        if (!stored) return { results: [0] }
        const ms = deadline === Infinity ? 0 : Math.max(1, deadline - realTime.now())
        await withTimeout(ms, change.meet(stored), tooLate)
      } catch (error) {
        return { results: [], setbacks: new Map([[0, { then: 'fail', error }]]) }
      }
    }
    return settled(await carry(kind, writes, deadline), writes)
  }
}

function settled(outcome: Outcome<number>, writes: readonly SessionWrite[]): Outcome<number> {
  const setbacks = new Map<number, Setback>(outcome.setbacks)
  writes.forEach((write, place) => {
    const change = changeOf(write)
    if (!change || setbacks.has(place)) return
    const result = outcome.results[place]
    if (result === 1) change.written()
    if (result !== conflicting) return
    change.hasConflict = true
    setbacks.set(place, { then: 'single', error: tooLate() })
  })
  return { results: outcome.results, setbacks }
}

function tooLate(): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_TIMEOUT',
    message:
      'other requests kept changing the session, or `onConflict` did not answer in time (option `timeout`)',
  })
}
