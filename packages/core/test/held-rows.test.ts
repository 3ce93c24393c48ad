import { toEpochMs, type EpochMs, type PruneRange } from '../src/dialect/index.js'
import { SessionStoreError } from '../src/errors.js'
import { deleteExpired } from '../src/table/prune/expired-rows.js'

const now = toEpochMs(Date.UTC(2026, 0, 1))

const refused = () =>
  new SessionStoreError({
    code: 'ERR_DATABASE',
    kind: 'other',
    databaseCode: 23503,
    message: 'held',
  })

/** Expired rows of which some are held, and what happens when they are pruned fifty at a time. */
async function pruned(
  count: number,
  { isHeld, fails }: { isHeld: (sid: number) => boolean; fails?: () => Error | undefined },
) {
  const rows = new Map(
    Array.from({ length: count }, (_, sid) => [
      String(sid).padStart(6, '0'),
      toEpochMs(now - 1_000_000),
    ]),
  )
  let statements = 0
  const steps = {
    limit: 50,
    prune: () => Promise.resolve(undefined),
    find: (_: EpochMs, { limit }: PruneRange) =>
      Promise.resolve([...rows].slice(0, limit).map(([sid, expired]) => ({ sid, expired }))),
    remove: (sids: readonly string[], at: EpochMs) => {
      statements++
      const error = fails?.()
      if (error) return Promise.reject(error)
      const gone = sids.filter((sid) => (rows.get(sid) ?? Infinity) <= at)
      if (gone.some((sid) => isHeld(Number(sid)))) return Promise.reject(refused())
      for (const sid of gone) rows.delete(sid)
      return Promise.resolve(gone.length)
    },
  }
  let removed = 0
  let error: unknown
  try {
    for await (const some of deleteExpired(steps, now)) removed += some
  } catch (thrown) {
    error = thrown
  }
  return { removed, left: rows.size, error: error as SessionStoreError | undefined, statements }
}

describe('a prune', () => {
  it('skips rows that cannot be deleted, and fails when it has deleted all others', async () => {
    const { removed, left, error } = await pruned(3_000, {
      isHeld: (sid) => sid === 0 || sid === 2_999,
    })
    expect([removed, left]).toEqual([2_998, 2])
    expect(error).toMatchObject({ code: 'ERR_DATABASE', databaseCode: 23503 })
    expect(error?.message).toContain('2 expired rows could not be deleted (23503)')
  })

  it('reaches the rows behind more locked ones than one search finds', async () => {
    const { removed, left } = await pruned(3_000, { isHeld: (sid) => sid < 2_500 })
    expect([removed, left]).toEqual([500, 2_500])
  })

  it('leaves a row that only compares as expired, by what its cell says, and takes the others and those that cannot be read', async () => {
    const removed: string[] = []
    const ends: Readonly<Record<string, EpochMs | undefined>> = {
      live: toEpochMs(now + 1),
      over: now,
      unreadable: undefined,
    }
    const steps = {
      limit: 50,
      prune: () => Promise.resolve(undefined),
      find: () => Promise.resolve(Object.entries(ends).map(([sid, expired]) => ({ sid, expired }))),
      remove: (sids: readonly string[]) => Promise.resolve(removed.push(...sids)),
    }
    for await (const gone of deleteExpired(steps, now)) expect(gone).toBe(2)
    expect(removed).toEqual(['over', 'unreadable'])
  })

  it('stops when the reason is not a row, and when the connection is lost', async () => {
    const { error, statements } = await pruned(3_000, { isHeld: () => false, fails: refused })
    expect(error?.message).toContain('held')
    expect(statements).toBe(2)
    const lost = new SessionStoreError({
      code: 'ERR_CONNECTION',
      kind: 'connection',
      message: 'lost',
    })
    expect(await pruned(3_000, { isHeld: () => false, fails: () => lost })).toMatchObject({
      error: lost,
      statements: 1,
    })
  })
})
