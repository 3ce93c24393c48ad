import type { LockPurpose } from '../dialect/index.js'
import type { SessionStoreError } from '../errors.js'
import type { TableStatements } from './statements.js'

/**
 * The sids whose rows another client has locked, so that a write of this purpose would wait: those
 * of them that have a row, but not the ones whose row `skipLocked` could lock.
 */
export async function lockedRows(
  statements: TableStatements,
  sids: readonly string[],
  purpose: LockPurpose,
  deadline: number,
): Promise<readonly string[]> {
  const most = statements.adapter.limits.sids
  const locked: string[] = []
  for (let start = 0; start < sids.length; start += most) {
    const some = sids.slice(start, start + most)
    try {
      const free = new Set(
        await statements.ask(
          'skipLocked',
          [some, purpose],
          { work: 'looking for locks', deadline },
          () => Promise.resolve(some),
        ),
      )
      const others = some.filter((sid) => !free.has(sid))
      if (others.length > 0) locked.push(...(await statements.existing(others, deadline)))
    } catch (error) {
      // No row of such an id can be locked; the write that has it fails by itself.
      if ((error as Partial<SessionStoreError>).kind !== 'sid-impossible') throw error
    }
  }
  return locked
}
