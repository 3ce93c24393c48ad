import { Pruner } from '../src/table/prune/prune.js'
import { deferred, endOf } from './deferred.js'
import { pass, useStandingClock } from './standing-clock.js'

/**
 * A pruner whose steps take so many ms each, how many rows each was asked for, and when it began.
 * `isBusy`: whether a call has come, by the number of steps that have begun.
 */
function pruning(steps: number, took: number, isBusy: (begun: number) => boolean = () => false) {
  const began: number[] = []
  const limits: number[] = []
  async function* deleteExpired(limit: () => number) {
    while (began.length < steps) {
      began.push(performance.now())
      const rows = limit()
      limits.push(rows)
      await new Promise((resolve) => setTimeout(resolve, took))
      yield rows
    }
  }
  const pruner = new Pruner(deleteExpired, () => isBusy(began.length))
  const gaps = () => began.slice(1).map((at, place) => at - (began[place] ?? 0) - took)
  /** Rows a second from the step of that number on, from 0. */
  const rate = (first: number) => {
    const rows = limits.slice(first, -1).reduce((sum, each) => sum + each, 0)
    return (rows * 1_000) / ((began.at(-1) ?? 0) - (began[first] ?? 0))
  }
  /** The rows that the steps which began were asked for. */
  const removed = () => limits.reduce((sum, each) => sum + each, 0)
  return { limits, gaps, pruner, rate, removed }
}

const always = () => true

useStandingClock()

describe('a prune', () => {
  it('goes on at once when nobody calls', async () => {
    const { gaps, limits, pruner } = pruning(20, 3)
    const removed = pruner.prune()
    await pass(1_000)
    expect(await removed).toBe(1_000)
    for (const gap of gaps()) expect(gap).toBeLessThanOrEqual(2)
    expect(new Set(limits)).toEqual(new Set([50]))
  })

  it('takes small steps with pauses while calls come, 500 rows a second', async () => {
    const { gaps, limits, pruner, rate } = pruning(200, 1, always)
    void pruner.prune()
    await pass(10_000)
    expect(new Set(limits.slice(1))).toEqual(new Set([20]))
    for (const gap of gaps()) expect(gap).toBeGreaterThanOrEqual(39)
    expect(rate(1)).toBeGreaterThan(450)
    expect(rate(1)).toBeLessThanOrEqual(500)
  })

  it.each([
    { minutes: 1, rows: 1_000 },
    { minutes: 2, rows: 2_000 },
    { minutes: 3, rows: 4_000 },
    { minutes: 9, rows: 4_000 },
  ])('removes $rows rows a second after $minutes minutes of calls', async ({ minutes, rows }) => {
    const { pruner, removed } = pruning(Infinity, 1, always)
    void pruner.prune()
    await pass(minutes * 60_000)
    const before = removed()
    await pass(50_000)
    const rate = (removed() - before) / 50
    expect(rate).toBeGreaterThan(0.7 * rows)
    expect(rate).toBeLessThanOrEqual(rows)
    void pruner.stop()
  })

  it('keeps its pace by larger steps on a slow database', async () => {
    const { limits, pruner, rate } = pruning(200, 50, always)
    void pruner.prune()
    await pass(60_000)
    expect(Math.max(...limits)).toBeLessThanOrEqual(50)
    expect(rate(1)).toBeGreaterThan(450)
    expect(rate(1)).toBeLessThanOrEqual(520)
  })

  it('lets a very slow database breathe after each step, for a quarter of its time', async () => {
    const { gaps, pruner } = pruning(4, 400, always)
    const removed = pruner.prune()
    await pass(10_000)
    expect(await removed).toBe(200)
    expect(gaps()).toHaveLength(3)
    for (const gap of gaps()) {
      expect(gap).toBeGreaterThanOrEqual(100)
      expect(gap).toBeLessThan(150)
    }
  })

  it('yields when calls come, and goes on at once when none come any more', async () => {
    const { gaps, limits, pruner } = pruning(30, 1, (begun) => begun > 10 && begun <= 20)
    void pruner.prune()
    await pass(10_000)
    expect(limits).toEqual([
      ...Array.from({ length: 11 }, () => 50),
      ...Array.from({ length: 10 }, () => 20),
      ...Array.from({ length: 9 }, () => 50),
    ])
    const pauses = gaps()
    expect(Math.max(...pauses.slice(0, 10), ...pauses.slice(20))).toBeLessThanOrEqual(2)
    expect(Math.min(...pauses.slice(10, 20))).toBeGreaterThanOrEqual(39)
  })

  it('is shared by those who ask for one meanwhile', async () => {
    const { limits, pruner } = pruning(2, 10)
    const both = Promise.all([pruner.prune(), pruner.prune()])
    await pass(1_000)
    expect(await both).toEqual([100, 100])
    expect(limits).toHaveLength(2)
  })

  it('that the application asked for resolves when it has ended', async () => {
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
      const pruner = new Pruner(deleteExpired, () => false)
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
    }, always)
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
    const { limits, pruner } = pruning(1, 1)
    pruner.start(0, () => undefined)
    await pass(100_000)
    expect(limits).toEqual([])
  })
})
