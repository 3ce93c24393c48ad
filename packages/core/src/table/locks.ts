import type { SessionStoreError } from '../errors.js'

/** How rows are told apart by their sids. */
export interface LockLooks {
  /** The sids whose rows nobody else has locked. */
  free(sids: readonly string[]): Promise<readonly string[]>
  /** The sids that have a row. */
  existing(sids: readonly string[]): Promise<readonly string[]>
}

/** The sids whose rows another client has locked, looked for `most` at a time. */
export async function lockedAmong(
  sids: readonly string[],
  most: number,
  looks: LockLooks,
): Promise<readonly string[]> {
  const locked: string[] = []
  for (let start = 0; start < sids.length; start += most)
    locked.push(...(await lockedOf(sids.slice(start, start + most), looks)))
  return locked
}

async function lockedOf(sids: readonly string[], looks: LockLooks): Promise<readonly string[]> {
  try {
    const free = new Set(await looks.free(sids))
    const others = sids.filter((sid) => !free.has(sid))
    return others.length === 0 ? [] : await looks.existing(others)
  } catch (error) {
    // No row of such an id can be locked; the write that has it fails by itself.
    if ((error as Partial<SessionStoreError>).kind !== 'sid-impossible') throw error
    return []
  }
}
