import { isRefusal } from '../../errors.js'
import { timeIn } from '../rows.js'
import type { Sending } from '../../statement/runner.js'
import type { TableStatements } from '../statements.js'
import type { ExpiredRowSteps } from './expired-rows.js'

/** Runs a statement of a prune; `step` gets the time by which that has to end. */
export type RunStep = <Result>(
  work: 'reads' | 'writes',
  step: (deadline: number) => Promise<Result>,
) => Promise<Result>

/** What expired rows of the session table are deleted with, at most `limit()` in one statement. */
export function pruneSteps(
  statements: TableStatements,
  run: RunStep,
  limit: () => number,
): ExpiredRowSteps {
  const { adapter, inTransaction } = statements
  const work = 'pruning sessions'
  return {
    get limit() {
      return Math.min(limit(), adapter.limits.sids)
    },
    async prune(now, range) {
      // It must not change how a transaction commits, or goes on when the server refuses the
      // statement.
      if (inTransaction || !statements.has('prune')) return undefined
      return run('writes', async (deadline) => {
        const none = () => Promise.resolve(undefined)
        try {
          return await statements.ask('prune', [now, range], { work, deadline }, none)
        } catch (error) {
          // Rows that a foreign key holds are known from the others only one by one.
          if (!isRefusal(error)) throw error
          return undefined
        }
      })
    },
    find: (now, range) =>
      run('reads', async (deadline) => {
        const query = statements.queries.expired(now, range)
        const rows = await statements.rows(query, {
          work: 'looking for expired sessions',
          deadline,
        })
        return Array.from(rows, (row) => ({
          sid: String(row['sid']),
          expired: timeIn(row['until'], adapter, statements.table.column.expired),
        }))
      }),
    remove: (sids, now) =>
      run('writes', (deadline) => {
        const sending: Sending = { work, deadline }
        return statements.ask('destroyExpired', [sids, now], sending, () =>
          statements.changed(statements.queries.destroyExpired(sids, now), sending),
        )
      }),
  }
}
