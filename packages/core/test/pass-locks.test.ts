import { SessionStoreError } from '../src/errors.js'
import { passLocks } from '../src/delivery/pass-locks.js'

const locked = new SessionStoreError({ code: 'ERR_TIMEOUT', kind: 'locked', message: 'locked' })
const refused = new SessionStoreError({ code: 'ERR_DATABASE', kind: 'other', message: 'refused' })

/** Rows that hold a batch up, those of them that are seen to be locked, and rows that the database refuses. */
interface Rows {
  readonly holding: readonly string[]
  readonly seen: readonly string[]
  readonly refused?: readonly string[]
}

/** Runs calls past such rows; those that may wait get through. */
async function pass(calls: readonly string[], rows: Rows) {
  const sent: string[] = []
  const end = await passLocks<string, string>(calls, {
    run: (some, mayWait) => {
      sent.push(`${some.join('+')}${mayWait ? ' waits' : ''}`)
      if (!mayWait && some.some((call) => rows.holding.includes(call))) return Promise.reject(locked)
      if (some.some((call) => rows.refused?.includes(call))) return Promise.reject(refused)
      return Promise.resolve({ results: some.map((call) => `${call}!`) })
    },
    locked: (some) => Promise.resolve(new Set([...some.keys()].filter((place) => rows.seen.includes(some[place] ?? '')))),
  })
  const failures = [...(end.failures ?? [])].sort(([one], [other]) => one - other)
  return { sent, results: end.results, failures, alone: [...(end.alone ?? [])] }
}

describe('a batch that a lock holds up', () => {
  it('goes on without the rows that are locked, which fail by the lock', async () => {
    const { sent, results, failures } = await pass(['a', 'b', 'c', 'd'], { holding: ['b', 'd'], seen: ['b', 'd'] })
    expect(sent).toEqual(['a+b+c+d', 'a+c'])
    expect(results).toEqual(['a!', undefined, 'c!', undefined])
    expect(failures).toEqual([
      [1, locked],
      [3, locked],
    ])
  })

  it('ends when all its rows are locked', async () => {
    const { sent, failures } = await pass(['a'], { holding: ['a'], seen: ['a'] })
    expect(sent).toEqual(['a'])
    expect(failures).toEqual([[0, locked]])
  })

  it('goes on one by one when no row is seen to be locked, and leaves the one alone that is held up', async () => {
    const { sent, results, failures, alone } = await pass(['a', 'b', 'c', 'd'], { holding: ['b', 'd'], seen: ['d'] })
    expect(sent).toEqual(['a+b+c+d', 'a+b+c', 'a', 'b', 'c'])
    expect(results).toEqual(['a!', undefined, 'c!', undefined])
    expect(failures).toEqual([[3, locked]])
    expect(alone).toEqual([1])
  })

  it('waits as a batch when its rows are held up one by one: the database is slow', async () => {
    const { sent, results } = await pass(['a', 'b', 'c', 'd'], { holding: ['a', 'b', 'c', 'd'], seen: [] })
    expect(sent).toEqual(['a+b+c+d', 'a', 'b', 'a+b+c+d waits'])
    expect(results).toEqual(['a!', 'b!', 'c!', 'd!'])
  })

  it('waits when it is one call that nobody is seen to hold up', async () => {
    expect((await pass(['a'], { holding: ['a'], seen: [] })).sent).toEqual(['a', 'a waits'])
  })

  it('fails no call for what is wrong with another', async () => {
    const { results, failures } = await pass(['a', 'b', 'c'], { holding: ['a'], seen: [], refused: ['b'] })
    expect(results).toEqual([undefined, undefined, 'c!'])
    expect(failures).toEqual([[1, refused]])
  })

  it('rejects for any other reason', async () => {
    await expect(pass(['a', 'b'], { holding: [], seen: [], refused: ['a'] })).rejects.toBe(refused)
  })
})
