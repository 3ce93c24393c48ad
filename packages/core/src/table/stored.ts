import type { EpochMs, SessionRow } from '../dialect/index.js'
import type { TableStatements } from './statements.js'
import { timeIn } from './rows.js'

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
  const rows = await statements.rows('looking for sessions', query, deadline)
  const creations = new Map<string, EpochMs>()
  for (const row of rows) {
    const createdAt = timeIn(row['createdAt'], adapter, table.column.createdAt)
    if (createdAt !== undefined) creations.set(String(row['sid']), createdAt)
  }
  return creations
}

/** How an update ended that met another version. */
export const conflicting = -1

/** How updates ended of which not all wrote a row: 1, 0 where there is none, or {@link conflicting}. */
export async function versionsAfter(
  statements: TableStatements,
  rows: readonly SessionRow[],
  deadline: number,
): Promise<readonly number[]> {
  const query = statements.queries.fields(
    ['sid', 'version'],
    rows.map(({ sid }) => sid),
  )
  const found = await statements.rows('looking for sessions', query, deadline)
  const versions = new Map(Array.from(found, (row) => [row['sid'], row['version']]))
  return rows.map(({ sid, version }) =>
    versions.has(sid) ? (versions.get(sid) === version ? 1 : conflicting) : 0,
  )
}
