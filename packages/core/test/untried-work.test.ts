import { OutageWatch, type Outage } from '../src/delivery/outage.js'
import { retry } from '../src/delivery/retry.js'
import { onRetry, reads, refused } from './out-of-reach.js'
import { useStandingClock } from './standing-clock.js'

useStandingClock()

describe('work that nobody tries any more', () => {
  /** An outage watch, what it told, and reads that work every 100 ms for so long. */
  function watched() {
    const reported: Outage[] = []
    const outage = new OutageWatch((each) => reported.push(each))
    const read = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 100) {
        const answered = retry(() => Promise.resolve(), reads(Infinity), { outage, onRetry })
        await jest.advanceTimersByTimeAsync(100)
        await answered
      }
    }
    const fail = (work: 'reads' | 'writes') => outage.failed(work, refused(), performance.now())
    return { reported, outage, reads: read, fail }
  }

  it('is not taken for an outage that lasts while other work goes well', async () => {
    const { reported, outage, reads, fail } = watched()
    fail('writes')
    await reads(4_700)
    expect([outage.isOutOfReach('writes'), outage.errorOf('writes', 0)]).toEqual([false, undefined])
    fail('reads')
    await jest.advanceTimersByTimeAsync(50)
    await reads(100)
    expect(reported).toEqual([])
  })

  it('ends an outage that was told, so that the next is told as well', async () => {
    const { reported, reads, fail } = watched()
    for (const wait of [600, 600, 0]) {
      fail('writes')
      await jest.advanceTimersByTimeAsync(wait)
    }
    expect(reported.map(({ over }) => over)).toEqual([false])
    await reads(2_000)
    expect(reported.map(({ over }) => over)).toEqual([false, true])
    for (const wait of [600, 600, 600]) {
      fail('reads')
      await jest.advanceTimersByTimeAsync(wait)
    }
    expect(reported.map(({ over }) => over)).toEqual([false, true, false])
    expect(reported[2]?.ms).toBeLessThan(2_000)
    await reads(100)
    expect(reported.map(({ over }) => over)).toEqual([false, true, false, true])
  })

  it('says nothing of the time in which nobody tried', async () => {
    const { reported, outage, fail } = watched()
    fail('writes')
    await jest.advanceTimersByTimeAsync(60_000)
    expect(outage.errorOf('writes', performance.now() - 10_000)).toBeUndefined()
    fail('writes')
    await jest.advanceTimersByTimeAsync(50)
    outage.recovered('writes')
    expect(reported).toEqual([])
  })
})
