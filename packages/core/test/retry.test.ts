import type { ErrorKind } from '../src/dialect/index.js'
import { SessionStoreError } from '../src/errors.js'
import { OutageWatch } from '../src/delivery/outage.js'
import { retry, type RetryPolicy } from '../src/delivery/retry.js'
import { realTime } from '../src/time.js'
import { pass, useStandingClock } from './standing-clock.js'

const failing = (kind: ErrorKind) =>
  new SessionStoreError({ code: 'ERR_DATABASE', kind, message: kind, cause: new Error(kind) })

/**
 * Tries work that fails for these reasons, one after the other, and then succeeds; time passes as
 * far as the pauses need it.
 */
async function tried(kinds: readonly ErrorKind[], policy: Partial<RetryPolicy> = {}) {
  let attempts = 0
  const reported: (ErrorKind | undefined)[] = []
  let end: string | undefined
  const started = performance.now()
  let took = Infinity
  const attempt = () => {
    const kind = kinds[attempts++]
    return kind === undefined ? Promise.resolve('worked') : Promise.reject(failing(kind))
  }
  const onRetry = ({ kind }: SessionStoreError) => reported.push(kind)
  void retry(
    attempt,
    { deadline: Infinity, work: 'writes', waitsForLocks: true, mostLosses: Infinity, ...policy },
    { outage: new OutageWatch(() => undefined), onRetry },
  )
    .then(
      (result) => (end = result),
      (error: unknown) => (end = (error as SessionStoreError).kind),
    )
    .finally(() => (took = performance.now() - started))
  await pass(60_000)
  return { attempts, reported, end, took }
}

const times = (count: number, kind: ErrorKind) => Array.from({ length: count }, () => kind)

useStandingClock()

describe('a statement that failed', () => {
  it.each(['retryable', 'locked', 'duplicate', 'prepared-statement'] as const)(
    'is sent again thirty times and no more: %s',
    async (kind) => {
      expect(await tried(times(30, kind))).toMatchObject({ attempts: 31, end: 'worked' })
      expect(await tried(times(31, kind))).toMatchObject({ attempts: 31, end: kind })
    },
  )

  it('is sent again each time the table was missing, after it was made again', async () => {
    expect(await tried(['missing-table'])).toMatchObject({
      attempts: 2,
      reported: ['missing-table'],
      end: 'worked',
    })
    expect(await tried(times(30, 'missing-table'))).toMatchObject({ attempts: 31, end: 'worked' })
    expect(await tried(times(31, 'missing-table'))).toMatchObject({
      attempts: 31,
      end: 'missing-table',
    })
  })

  it('is not sent again when the store itself says that the table is missing, as it is not to be made', async () => {
    const missing = new SessionStoreError({
      code: 'ERR_TABLE_MISSING',
      kind: 'missing-table',
      message: 'no table',
    })
    const attempt = jest.fn(() => Promise.reject(missing))
    const attempts = { outage: new OutageWatch(() => undefined), onRetry: () => undefined }
    const policy = {
      deadline: Infinity,
      work: 'writes' as const,
      waitsForLocks: true,
      mostLosses: Infinity,
    }
    await expect(retry(attempt, policy, attempts)).rejects.toBe(missing)
    expect(attempt).toHaveBeenCalledTimes(1)
  })

  it('is sent again as often for each reason as if that were the only one', async () => {
    expect(
      await tried([...times(30, 'retryable'), 'missing-table', ...times(30, 'duplicate')]),
    ).toMatchObject({
      attempts: 62,
      end: 'worked',
    })
  })

  it.each(['other', 'unsupported', 'sid-taken', 'sid-impossible', 'already-exists'] as const)(
    'is not sent again for what does not pass: %s',
    async (kind) => {
      expect(await tried([kind])).toMatchObject({ attempts: 1, reported: [], end: kind })
    },
  )

  it('is not sent again after the deadline, nor for a lock that the caller deals with', async () => {
    const { attempts, end, took } = await tried(times(31, 'retryable'), {
      deadline: performance.now() + 100,
    })
    expect(attempts).toBeLessThan(10)
    expect(end).toBe('retryable')
    // It need not wait for an end that would come too late.
    expect(took).toBeLessThan(100)
    expect(await tried(['locked'], { waitsForLocks: false })).toMatchObject({
      attempts: 1,
      reported: [],
      end: 'locked',
    })
  })

  it.each([true, false])(
    'keeps the process alive until it is sent again, unless only the store waits for it: %s',
    async (background) => {
      const delay = jest.spyOn(realTime, 'delay')
      await tried(['retryable'], { background })
      expect(delay).toHaveBeenCalledWith(expect.any(Number), undefined, { ref: !background })
    },
  )
})
