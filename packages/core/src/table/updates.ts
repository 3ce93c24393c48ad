import type { EpochMs, SessionExpiry, SessionRow } from '../dialect/index.js'
import type { Sending } from '../statement/runner.js'
import type { TableStatements } from './statements.js'

/** How an update ended that met another version. */
export const conflicting = -1

/**
 * How updates ended: 1, 0 where there is no row, or {@link conflicting}. `updated`: the ids that
 * were written, or how many, or nothing. What was written is not looked at: somebody may have
 * written over it since.
 */
export async function endsOfUpdates(
  statements: TableStatements,
  rows: readonly SessionRow[],
  updated: readonly string[] | number | undefined,
  deadline: number,
): Promise<readonly number[]> {
  if ((typeof updated === 'object' ? updated.length : updated) === rows.length)
    return rows.map(() => 1)
  const written = new Set(typeof updated === 'object' ? updated : [])
  const sids = rows.map(({ sid }) => sid).filter((sid) => !written.has(sid))
  if (!statements.table.column.version) {
    const there =
      typeof updated === 'object' ? written : new Set(await statements.existing(sids, deadline))
    return rows.map(({ sid }) => (there.has(sid) ? 1 : 0))
  }
  const query = statements.queries.fields(['sid', 'version'], sids)
  const found = await statements.rows(query, { work: 'looking for sessions', deadline })
  const versions = new Map(Array.from(found, (row) => [row['sid'], row['version']]))
  return rows.map(({ sid, version }) => {
    if (written.has(sid)) return 1
    // An attempt whose answer was lost may have written it.
    return versions.has(sid) ? (versions.get(sid) === version ? 1 : conflicting) : 0
  })
}

/** Says whose the rows are of which that was not known when they were written. */
export async function assignUsers(
  statements: TableStatements,
  rows: readonly SessionExpiry[],
  sending: Sending,
): Promise<void> {
  for (const row of rows)
    if (row.userId) await statements.changed(statements.queries.assign(row), sending)
}

/**
 * Gives the row of a session another id; none is there any more where somebody else was first. An
 * expired row of that id goes before; over a live one it fails with kind `duplicate`, or as the
 * database names it.
 */
export async function renameSession(
  statements: TableStatements,
  from: string,
  to: string,
  now: EpochMs,
  deadline: number,
): Promise<void> {
  const { queries } = statements
  const sending: Sending = { work: 'writing sessions', deadline, writes: true }
  await statements.changed(queries.destroyExpired([to], now), sending)
  await statements.changed(queries.rename(from, to), sending)
}
