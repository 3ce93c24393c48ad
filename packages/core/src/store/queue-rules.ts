import type { CoalescerRules } from '../coalescer/coalescer.js'
import type { StatementLimits } from '../dialect/index.js'
import type { StoredSession } from '../session/payload.js'
import { lengthOf, mergeWrites, resultOfLater, type SessionWrite } from '../session/writes.js'
import type { Lanes } from './options/lanes.js'

/** What the rules of both queues have in common. */
type Common = Pick<CoalescerRules<never, never>, 'maxQueue' | 'queueFull' | 'timedOut'>

/** Equal ids are read once. */
export function readRules(
  { joined, lanes, size }: Lanes,
  { sids }: StatementLimits,
  common: Common,
): CoalescerRules<string, StoredSession | undefined> {
  return {
    ...common,
    lanes,
    exclusive: false,
    size: () => Math.min(size, sids),
    kindOf: () => 'read',
    merge: (earlier) => (joined ? earlier : undefined),
  }
}

/** A session is in one statement at a time, and writes of one kind that wait become one. */
export function writeRules(
  { joined, lanes, size }: Lanes,
  { rows, sids, bytes }: StatementLimits,
  common: Common,
): CoalescerRules<SessionWrite, number> {
  return {
    ...common,
    lanes,
    exclusive: true,
    size: (kind) => Math.min(size, kind === 'destroy' ? sids : rows),
    weightOf: lengthOf,
    heaviest: bytes,
    kindOf: ({ kind }) => kind,
    merge: (earlier, later) => (joined ? mergeWrites(earlier, later) : undefined),
    resultOfLater,
  }
}
