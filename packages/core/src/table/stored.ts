import type { EpochMs } from '../dialect/index.js'
import type { SessionTableGateway } from './gateway.js'
import { timeIn } from './rows.js'

/**
 * When the sessions of some ids were created, expired or not, of those that have a row which says
 * it.
 */
export async function creationsOf(
  { adapter, table, statements }: SessionTableGateway,
  sids: readonly string[],
  deadline: number,
): Promise<ReadonlyMap<string, EpochMs>> {
  const query = statements.queries.fields(['sid', 'createdAt'], sids)
  const rows = await statements.rows('looking for sessions', query, deadline)
  const creations = new Map<string, EpochMs>()
  for (const row of rows) {
    const createdAt = timeIn(row['createdAt'], adapter, table.column.createdAt)
    if (createdAt !== undefined) creations.set(String(row['sid']), createdAt)
  }
  return creations
}
