import type { EpochMs } from '../dialect/index.js'
import type { StoredSession } from '../session/payload.js'
import { sessionIn, timeIn, type Cells, type PageRange } from './rows.js'
import type { TableStatements } from './statements.js'

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
  statements: TableStatements,
  now: EpochMs,
  deadline: number,
  range?: PageRange,
): Promise<readonly ListedSession[]> {
  const { queries } = statements
  const query = range ? queries.page(now, range) : queries.live(now)
  const rows = await statements.rows(query, { work, deadline })
  // Not `rows.map`: drivers may make arrays of another realm, and then so would it.
  return Array.from(rows, (row) => listed(row, statements))
}

/** The ids of all unexpired sessions. */
export async function idsOfSessions(
  statements: TableStatements,
  now: EpochMs,
  deadline: number,
): Promise<readonly string[]> {
  const rows = await statements.rows(statements.queries.ids(now), { work, deadline })
  return Array.from(rows, (row) => String(row['sid']))
}

/** The number of unexpired sessions, all or those of a user. */
export async function countSessions(
  statements: TableStatements,
  now: EpochMs,
  deadline: number,
  userId?: string,
): Promise<number> {
  const query = statements.queries.count(now, userId)
  const rows = await statements.rows(query, { work: 'counting sessions', deadline })
  return Number(rows[0]?.['count'])
}

/** The unexpired sessions of a user, the oldest first. */
export async function sessionsOfUser(
  statements: TableStatements,
  userId: string,
  now: EpochMs,
  deadline: number,
): Promise<readonly UserSession[]> {
  const { adapter, table } = statements
  const rows = await statements.rows(statements.queries.liveOf(userId, now), { work, deadline })
  return oldestFirst(rows, statements).map(({ row, createdAt }) => ({
    ...listed(row, statements),
    createdAt,
    lastSeenAt: timeIn(row['lastSeenAt'], adapter, table.column.lastSeenAt),
  }))
}

/**
 * The sids of the sessions of a user and when they were made, the oldest first: in one order for
 * all who look. `now`: of unexpired ones only.
 */
export async function sidsOfUser(
  statements: TableStatements,
  userId: string,
  deadline: number,
  now?: EpochMs,
): Promise<readonly Pick<UserSession, 'sid' | 'createdAt'>[]> {
  const rows = await statements.rows(statements.queries.sidsOf(userId, now), { work, deadline })
  return oldestFirst(rows, statements)
}

/**
 * When the sessions of some ids were created, expired or not, of those that have a row which says
 * it.
 */
export async function creationsOf(
  statements: TableStatements,
  sids: readonly string[],
  deadline: number,
): Promise<ReadonlyMap<string, EpochMs>> {
  const { adapter, table } = statements
  const query = statements.queries.fields(['sid', 'createdAt'], sids)
  const rows = await statements.rows(query, { work: 'looking for sessions', deadline })
  const creations = new Map<string, EpochMs>()
  for (const row of rows) {
    const createdAt = timeIn(row['createdAt'], adapter, table.column.createdAt)
    if (createdAt !== undefined) creations.set(String(row['sid']), createdAt)
  }
  return creations
}

function listed(row: Cells, { adapter, table }: TableStatements): ListedSession {
  return { sid: String(row['sid']), read: () => sessionIn(row, adapter, table) }
}

/** Those that were there before the column was are the oldest. */
function oldestFirst(rows: readonly Cells[], { adapter, table }: TableStatements) {
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
