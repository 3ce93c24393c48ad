import type { EpochMs } from '../dialect/index.js'
import type { StoredSession } from '../session/payload.js'
import type { SessionTableGateway } from './gateway.js'
import { sessionIn, timeIn, type Cells, type PageRange } from './rows.js'

export type { PageRange } from './rows.js'

/** A session of a list. */
export interface ListedSession {
  readonly sid: string
  /** What is stored; throws an error with code `ERR_UNREADABLE_SESSION`. */
  readonly read: () => StoredSession
}

/** A session of a user. */
export interface UserSession extends ListedSession {
  /** `undefined` for one that was there before the column was. */
  readonly createdAt: EpochMs | undefined
  readonly lastSeenAt: EpochMs | undefined
}

const work = 'listing sessions'

/** Every unexpired session, or a page of them in the order of their ids. */
export async function listSessions(
  gateway: SessionTableGateway,
  now: EpochMs,
  deadline: number,
  range?: PageRange,
): Promise<readonly ListedSession[]> {
  const { queries } = gateway.statements
  const query = range ? queries.page(now, range) : queries.live(now)
  const rows = await gateway.statements.rows(work, query, deadline)
  // Not `rows.map`: drivers may make arrays of another realm, and then so would it.
  return Array.from(rows, (row) => listed(row, gateway))
}

/** The ids of all unexpired sessions. */
export async function idsOfSessions(
  { statements }: SessionTableGateway,
  now: EpochMs,
  deadline: number,
): Promise<readonly string[]> {
  const rows = await statements.rows(work, statements.queries.ids(now), deadline)
  return Array.from(rows, (row) => String(row['sid']))
}

/** The number of unexpired sessions, all or those of a user. */
export async function countSessions(
  { statements }: SessionTableGateway,
  now: EpochMs,
  deadline: number,
  userId?: string,
): Promise<number> {
  const query = statements.queries.count(now, userId)
  return Number((await statements.rows('counting sessions', query, deadline))[0]?.['count'])
}

/** The unexpired sessions of a user, the oldest first. */
export async function sessionsOfUser(
  gateway: SessionTableGateway,
  userId: string,
  now: EpochMs,
  deadline: number,
): Promise<readonly UserSession[]> {
  const { adapter, statements, table } = gateway
  const rows = await statements.rows(work, statements.queries.liveOf(userId, now), deadline)
  return oldestFirst(rows, gateway).map(({ row, createdAt }) => ({
    ...listed(row, gateway),
    createdAt,
    lastSeenAt: timeIn(row['lastSeenAt'], adapter, table.column.lastSeenAt),
  }))
}

/**
 * The sids of the sessions of a user and when they were made, the oldest first: in one order for
 * all who look. `now`: of unexpired ones only.
 */
export async function sidsOfUser(
  gateway: SessionTableGateway,
  userId: string,
  deadline: number,
  now?: EpochMs,
): Promise<readonly Pick<UserSession, 'sid' | 'createdAt'>[]> {
  const { statements } = gateway
  const rows = await statements.rows(work, statements.queries.sidsOf(userId, now), deadline)
  return oldestFirst(rows, gateway)
}

function listed(row: Cells, { adapter, table }: SessionTableGateway): ListedSession {
  return { sid: String(row['sid']), read: () => sessionIn(row, adapter, table) }
}

/** Those that were there before the column was are the oldest. */
function oldestFirst(rows: readonly Cells[], { adapter, table }: SessionTableGateway) {
  const all = Array.from(rows, (row) => ({
    row,
    sid: String(row['sid']),
    createdAt: timeIn(row['createdAt'], adapter, table.column.createdAt),
  }))
  return all.sort(
    (one, other) =>
      (one.createdAt ?? -Infinity) - (other.createdAt ?? -Infinity) ||
      (one.sid < other.sid ? -1 : 1),
  )
}

/**
 * Reads a table page by page, in the order of its ids; each row comes once, whatever is written
 * meanwhile. No id is compared here: what the column's collation takes for equal stays together, so
 * each page begins with the last row of the one before, and what was given is left out. Holds one
 * page.
 */
export async function* inPages<Row extends { readonly sid: string }>(
  read: (range: PageRange) => Promise<readonly Row[]>,
  size: number,
): AsyncGenerator<readonly Row[], void, void> {
  let given: ReadonlySet<string> = new Set()
  let range: PageRange = { limit: size }
  for (;;) {
    const rows = await read(range)
    const fresh = rows.filter(({ sid }) => !given.has(sid))
    yield fresh
    const last = rows.at(-1)
    if (!last || rows.length < range.limit) return
    // More rows than the last one came again: the collation takes their ids for equal. The next
    // page is longer by as many, so that others have room in it.
    const tied = rows.length - fresh.length > 1
    given = new Set([...(tied ? given : []), ...rows.map(({ sid }) => sid)])
    range = { from: last.sid, limit: size + (tied ? rows.length : 1) }
  }
}
