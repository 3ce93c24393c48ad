import { setTimeout as delay } from 'node:timers/promises'
import { SessionStoreError } from '../src/errors.js'
import { OutageWatch } from '../src/delivery/outage.js'
import { retry } from '../src/delivery/retry.js'
import { onRetry } from './out-of-reach.js'
import { useStandingClock } from './standing-clock.js'

useStandingClock()

describe('a statement whose connection is lost under way', () => {
  const lose = (lostUnderWay = true) =>
    Promise.reject(
      new SessionStoreError({
        code: 'ERR_CONNECTION',
        kind: 'connection',
        dialect: 'testing',
        message: 'lost',
        lostUnderWay,
      }),
    )

  /** How often such a statement is tried within 10 s, while others get through or not. */
  async function attempts(
    attempt: () => Promise<unknown>,
    policy: { mostLosses?: number; othersPass?: boolean; readsPass?: boolean } = {},
  ): Promise<number> {
    // The pauses of a retry are no fake ones.
    if (policy.othersPass === true) jest.useRealTimers()
    const outage = new OutageWatch(() => undefined)
    const { mostLosses = Infinity } = policy
    const common = {
      work: 'writes' as const,
      deadline: performance.now() + 10_000,
      waitsForLocks: true,
      mostLosses,
    }
    const attempts = { outage, onRetry }
    let count = 0
    const state = { ended: false }
    const call = retry(
      () => {
        count++
        return attempt()
      },
      common,
      attempts,
    )
    const outcome = call.then(
      () => 'answer',
      (error: unknown) => (error as SessionStoreError).code,
    )
    void outcome.then(() => (state.ended = true))
    while (!state.ended) {
      if (policy.othersPass === true)
        await Promise.all([retry(() => Promise.resolve(), common, attempts), delay(5)])
      else await jest.advanceTimersByTimeAsync(100)
      if (policy.readsPass === true)
        await retry(() => Promise.resolve(), { ...common, work: 'reads' }, attempts)
    }
    expect(await outcome).toBe('ERR_CONNECTION')
    return count
  }

  it('is reported at the second loss if the caller can split it', async () => {
    expect(await attempts(() => lose(), { mostLosses: 2 })).toBe(2)
  })

  it('is tried until the deadline while nobody gets through', async () => {
    expect(await attempts(() => lose())).toBeGreaterThan(18)
  })

  it('fails sooner while others get through', async () => {
    expect(await attempts(() => lose(), { othersPass: true })).toBe(9)
  })

  it('is tried until the deadline while only other work gets through, which had not failed', async () => {
    expect(await attempts(() => lose(), { readsPass: true })).toBeGreaterThan(18)
  })

  it('is not blamed for what the server says', async () => {
    expect(await attempts(() => lose(false), { mostLosses: 2 })).toBeGreaterThan(18)
  })
})
