import type { Column, DialectAdapter, EpochMs } from '../dialect/index.js'
import type { StoredSession } from '../session/payload.js'
import type { SessionTableGateway } from './gateway.js'
import { sessionIn, timeIn, type Cells } from './rows.js'

/** A session of a user as it was read. */
export interface UserSession extends StoredSession {
  readonly sid: string
  /** `undefined` for one that was there before the column was. */
  readonly createdAt: EpochMs | undefined
  readonly lastSeenAt: EpochMs | undefined
}

/**
 * The unexpired sessions of a user, the oldest first, each as a function that reads it or throws an
 * error with code `ERR_UNREADABLE_SESSION`.
 */
export async function sessionsOfUser(
  gateway: SessionTableGateway,
  userId: string,
  now: EpochMs,
  deadline: number,
): Promise<readonly (() => UserSession)[]> {
  const { adapter, table } = gateway
  const { createdAt, lastSeenAt } = table.column
  const rows = await gateway.rows(
    'listing sessions',
    (queries) => queries.liveOf(userId, now),
    deadline,
  )
  return inOrder(rows, adapter, createdAt).map(({ row, sid, at }) => () => ({
    ...sessionIn(row, adapter, table),
    sid,
    createdAt: at,
    lastSeenAt: timeIn(row['lastSeenAt'], adapter, lastSeenAt),
  }))
}

/**
 * The sids of the unexpired sessions of a user, the oldest first: in one order for all who look.
 */
export async function sidsOfUser(
  gateway: SessionTableGateway,
  userId: string,
  now: EpochMs,
  deadline: number,
): Promise<readonly string[]> {
  const { adapter, table } = gateway
  const rows = await gateway.rows(
    'listing sessions',
    (queries) => queries.sidsOf(userId, now),
    deadline,
  )
  return inOrder(rows, adapter, table.column.createdAt).map(({ sid }) => sid)
}

/** The number of unexpired sessions of a user. */
export async function countOfUser(
  gateway: SessionTableGateway,
  userId: string,
  now: EpochMs,
  deadline: number,
): Promise<number> {
  const rows = await gateway.rows(
    'counting sessions',
    (queries) => queries.countOf(userId, now),
    deadline,
  )
  return Number(rows[0]?.['count'])
}

interface InOrder {
  readonly row: Cells
  readonly sid: string
  readonly at: EpochMs | undefined
}

/** Those that were there before the column was are the oldest. */
function inOrder(
  rows: readonly Cells[],
  adapter: DialectAdapter,
  createdAt: Column | undefined,
): readonly InOrder[] {
  const all = Array.from(rows, (row) => ({
    row,
    sid: String(row['sid']),
    at: timeIn(row['createdAt'], adapter, createdAt),
  }))
  return all.sort(
    (one, other) =>
      (one.at ?? -Infinity) - (other.at ?? -Infinity) || (one.sid < other.sid ? -1 : 1),
  )
}
