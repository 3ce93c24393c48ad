import { Pruner } from '../src/table/prune/prune.js'
import { deferred, endOf } from './deferred.js'
import { pass, useStandingClock } from './standing-clock.js'

/** A pruner whose chunks of 50 rows take so many ms each, and when each of them began. */
function pruning(chunks: number, took: number) {
  const began: number[] = []
  async function* deleteExpired() {
    while (began.length < chunks) {
      began.push(performance.now())
      await new Promise((resolve) => setTimeout(resolve, took))
      yield 50
    }
  }
  const pruner = new Pruner(deleteExpired)
  const gaps = () => began.slice(1).map((at, place) => at - (began[place] ?? 0) - took)
  return { began, gaps, pruner }
}

useStandingClock()

describe('a prune', () => {
  it('lets a slow database breathe after each chunk, for a quarter of its time', async () => {
    const { gaps, pruner } = pruning(4, 400)
    const removed = pruner.prune()
    await pass(10_000)
    expect(await removed).toBe(200)
    expect(gaps()).toHaveLength(3)
    for (const gap of gaps()) {
      expect(gap).toBeGreaterThanOrEqual(100)
      expect(gap).toBeLessThan(150)
    }
  })

  it('takes no more than 8,700 rows a second from a quick one, and not many less', async () => {
    const { began, pruner } = pruning(200, 1)
    const removed = pruner.prune()
    await pass(10_000)
    expect(await removed).toBe(10_000)
    const took = (began.at(-1) ?? 0) - (began[0] ?? 0)
    expect(took).toBeGreaterThan(1_050)
    expect(took).toBeLessThan(1_400)
  })

  it('catches up after a slow moment, but not after a slow minute', async () => {
    const took = [60_000, ...Array.from({ length: 99 }, () => 1)]
    const began: number[] = []
    async function* deleteExpired() {
      for (const ms of took) {
        began.push(performance.now())
        await new Promise((resolve) => setTimeout(resolve, ms))
        yield 50
      }
    }
    void new Pruner(deleteExpired).prune()
    await pass(80_000)
    expect(began).toHaveLength(100)
    const rest = (began[99] ?? 0) - (began[1] ?? 0)
    expect(rest).toBeGreaterThan(98 * 5 - 110)
  })

  it('is shared by those who ask for one meanwhile', async () => {
    const { began, pruner } = pruning(2, 10)
    const both = Promise.all([pruner.prune(), pruner.prune()])
    await pass(1_000)
    expect(await both).toEqual([100, 100])
    expect(began).toHaveLength(2)
  })

  it('is one that the application waits for until it has ended', async () => {
    const { pruner } = pruning(1, 10)
    const removed = pruner.prune()
    expect(pruner.asked).toBe(true)
    await pass(1_000)
    await removed
    expect(pruner.asked).toBe(false)
  })

  it.each([false, true])(
    'ends after the chunk under way when it is stopped, unless the application waits for it: %s',
    async (isAsked) => {
      const chunk = deferred()
      let asked = 0
      async function* deleteExpired() {
        while (asked < 3) {
          asked++
          await chunk.promise
          yield 50
        }
      }
      const pruner = new Pruner(deleteExpired)
      if (isAsked) void pruner.prune()
      else pruner.start(100, () => undefined)
      await pass(200)
      const stopped = endOf(pruner.stop())
      await pass(1_000)
      expect(stopped.now).toBe('pending')
      chunk.resolve(undefined)
      await pass(10_000)
      expect(stopped.now).toBe('done')
      expect(asked).toBe(isAsked ? 3 : 1)
    },
  )
})

describe('the timer of a pruner', () => {
  it('prunes again and again, after 50 to 150 % of the interval, also after a failure, which it reports', async () => {
    const began: number[] = []
    const errors: Error[] = []
    const refused = new Error('refused')
    const pruner = new Pruner(() => {
      began.push(performance.now())
      return {
        next: () =>
          began.length === 1
            ? Promise.reject(refused)
            : Promise.resolve({ done: true, value: undefined }),
      }
    })
    const started = performance.now()
    pruner.start(1_000, (error) => errors.push(error))
    await pass(60_000)
    const gaps = [started, ...began]
      .slice(1)
      .map((at, place) => at - ([started, ...began][place] ?? 0))
    expect(gaps.length).toBeGreaterThanOrEqual(40)
    for (const gap of gaps) {
      expect(gap).toBeGreaterThanOrEqual(499)
      expect(gap).toBeLessThanOrEqual(1_501)
    }
    expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(10)
    expect(errors).toEqual([refused])
    await pruner.stop()
    const before = began.length
    await pass(10_000)
    expect(began).toHaveLength(before)
  })

  it('does nothing for an interval of 0', async () => {
    const { began, pruner } = pruning(1, 1)
    pruner.start(0, () => undefined)
    await pass(100_000)
    expect(began).toEqual([])
  })
})
