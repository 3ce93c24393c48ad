import type { CoalescerRules } from '../coalescer/coalescer.js'
import type { StatementLimits } from '../dialect/index.js'
import { SessionStoreError } from '../errors.js'
import type { StoredSession } from '../session/payload.js'
import { lengthOf, mergeWrites, resultOfLater, type SessionWrite } from '../session/writes.js'
import type { SessionTableGateway } from '../table/gateway.js'
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
  gateway: SessionTableGateway,
  common: Common,
): CoalescerRules<SessionWrite, number> {
  const { rows, sids, bytes } = gateway.adapter.limits
  return {
    ...common,
    counts: { calls: 0, batches: 0 },
    lanes,
    exclusive: true,
    sorted: true,
    size: (kind) =>
      kind === 'update' && gateway.updatesOneByOne
        ? 1
        : Math.min(size, kind === 'destroy' ? sids : rows),
    weightOf: lengthOf,
    heaviest: bytes,
    kindOf: ({ kind }) => kind,
    merge: (earlier, later) => (joined ? mergeWrites(earlier, later) : undefined),
    resultOfLater,
  }
}

/** What a call hears where too many wait already. */
export function queueFull(maxQueue: number): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_QUEUE_FULL',
    message: `${String(maxQueue)} calls already wait for the database (option \`maxQueue\`): it is away, or slower than the load`,
  })
}

/** What a call hears whose time, in ms, is up. */
export function timedOut(timeout: number): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_TIMEOUT',
    message:
      `the call did not end within ${String(timeout)} ms (option \`timeout\`), and a write may have happened: is the pool used up, the row locked, ` +
      'the database away or overloaded, or a promise of `serializer` pending?',
  })
}
