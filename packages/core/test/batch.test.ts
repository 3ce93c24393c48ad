import { carry as carried, type PartPolicy } from '../src/delivery/batch.js'
import { SessionStoreError, type ErrorKind } from '../src/errors.js'

const failure = (kind: ErrorKind) =>
  new SessionStoreError({ code: 'ERR_DATABASE', kind, message: 'failed' })

/** What becomes of a statement whose connection is lost under way. */
const loss = () =>
  new SessionStoreError({
    code: 'ERR_CONNECTION',
    kind: 'connection',
    message: 'lost',
    lostUnderWay: true,
  })

type Run = (calls: readonly string[], limits: PartPolicy) => Promise<readonly string[]>

const done = (calls: readonly string[]) => Promise.resolve(calls.map((call) => `${call}!`))

/** Carries calls; what was sent, and how each ended: its result or its setback. */
async function carry(
  calls: readonly string[],
  run: Run,
  { deadline = Infinity, seen }: { deadline?: number; seen?: string } = {},
) {
  const sent: string[] = []
  const means = {
    work: 'writes' as const,
    deadline,
    run: (some: readonly string[], limits: PartPolicy) => {
      sent.push(some.join(''))
      return run(some, limits)
    },
    ...(seen !== undefined && {
      locked: (some: readonly string[]) =>
        Promise.resolve(
          new Set([...some.keys()].filter((place) => seen.includes(some[place] ?? ''))),
        ),
    }),
  }
  const { results, setbacks } = await carried(calls, means)
  return { sent, ends: calls.map((_, place) => setbacks?.get(place)?.then ?? results[place]) }
}

describe('a batch', () => {
  it.each([
    'other',
    'access-denied',
    'unsupported',
    'sid-taken',
    'sid-impossible',
    'already-exists',
    'retryable',
    'duplicate',
    'prepared-statement',
  ] as const)(
    'that fails runs its calls one by one, so that only the one at fault fails: %s',
    async (kind) => {
      const run: Run = (calls) =>
        calls.includes('b') ? Promise.reject(failure(kind)) : done(calls)
      expect(await carry(['a', 'b', 'c'], run)).toEqual({
        sent: ['abc', 'a', 'b', 'c'],
        ends: ['a!', 'fail', 'c!'],
      })
    },
  )

  it.each([
    [300, 'outOfTime'],
    [5_000, 'fail'],
  ])('that was not tried again with %d ms left ends by: %s', async (ms, end) => {
    const run: Run = () => Promise.reject(failure('retryable'))
    const { ends } = await carry(['a'], run, { deadline: performance.now() + ms })
    expect(ends).toEqual([end])
  })

  it('that fails runs no call whose time is up, nor the rest once the connection is gone', async () => {
    const gone: Run = (calls) => Promise.reject(failure(calls.length > 1 ? 'other' : 'connection'))
    expect(await carry(['a', 'b', 'c'], gone)).toEqual({
      sent: ['abc', 'a'],
      ends: ['fail', 'fail', 'fail'],
    })
    const late: Run = () => Promise.reject(failure('other'))
    expect(await carry(['a', 'b', 'c'], late, { deadline: 0 })).toEqual({
      sent: ['abc', 'a'],
      ends: ['fail', 'fail', 'fail'],
    })
  })

  it('that reaches its deadline leaves the calls that have more time to another batch', async () => {
    const run: Run = () => Promise.reject(failure('connection'))
    expect((await carry(['a', 'b'], run, { deadline: performance.now() })).ends).toEqual([
      'outOfTime',
      'outOfTime',
    ])
  })

  it('that loses its connection again and again runs one by one, and a call that loses it by itself gets a batch of its own', async () => {
    const run: Run = (calls, { mostLosses }) => {
      expect(mostLosses).toBe(2)
      return calls.includes('c') ? Promise.reject(loss()) : done(calls)
    }
    expect(await carry(['a', 'b', 'c', 'd'], run)).toEqual({
      sent: ['abcd', 'a', 'b', 'c', 'd'],
      ends: ['a!', 'b!', 'single', 'd!'],
    })
  })

  it('of one call tries again until its deadline when it loses its connection', async () => {
    const run: Run = (_, { mostLosses }) => {
      expect(mostLosses).toBe(Infinity)
      return Promise.reject(loss())
    }
    expect(await carry(['a'], run)).toEqual({ sent: ['a'], ends: ['fail'] })
  })

  it('that fails because it got no connection is not tried one by one', async () => {
    const run: Run = () => Promise.reject(failure('connection'))
    expect(await carry(['a', 'b'], run)).toEqual({ sent: ['ab'], ends: ['fail', 'fail'] })
  })
})

describe('a batch that a lock blocks', () => {
  /** Rows that block a batch, and rows that the database refuses. */
  const rows =
    (holding: string, refused = ''): Run =>
    (calls, { waitsForLocks }) => {
      if (!waitsForLocks && calls.some((call) => holding.includes(call)))
        return Promise.reject(failure('locked'))
      return calls.some((call) => refused.includes(call))
        ? Promise.reject(failure('other'))
        : done(calls)
    }

  it('goes on without the rows that are locked, whose calls are blocked', async () => {
    expect(await carry(['a', 'b', 'c', 'd'], rows('bd'), { seen: 'bd' })).toEqual({
      sent: ['abcd', 'ac'],
      ends: ['a!', 'blocked', 'c!', 'blocked'],
    })
  })

  it('ends when all its rows are locked', async () => {
    expect(await carry(['a'], rows('a'), { seen: 'a' })).toEqual({ sent: ['a'], ends: ['blocked'] })
  })

  it('goes on one by one when no locked row is found, and leaves the blocked calls to run one by one', async () => {
    expect(await carry(['a', 'b', 'c', 'd'], rows('bd'), { seen: '' })).toEqual({
      sent: ['abcd', 'a', 'b', 'c', 'd'],
      ends: ['a!', 'single', 'c!', 'single'],
    })
  })

  it('of one call leaves it to run by itself when no lock is seen', async () => {
    expect(await carry(['a'], rows('a'), { seen: '' })).toEqual({ sent: ['a'], ends: ['single'] })
  })

  it('fails only for the row that is refused', async () => {
    expect(await carry(['a', 'b', 'c'], rows('a', 'c'), { seen: 'a' })).toEqual({
      sent: ['abc', 'bc', 'b', 'c'],
      ends: ['blocked', 'b!', 'fail'],
    })
  })

  it('waits if the database cannot find locked rows', async () => {
    const { sent, ends } = await carry(['a', 'b'], rows('a'))
    expect({ sent, ends }).toEqual({ sent: ['ab'], ends: ['a!', 'b!'] })
  })
})
