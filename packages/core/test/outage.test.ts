import { OutageWatch, type Outage } from '../src/delivery/outage.js'
import { realTime } from '../src/time.js'
import { endOf } from './deferred.js'
import { storeWith } from './fake-store.js'
import { lanes, locked, loginRefused, refusal, refused } from './out-of-reach.js'
import { useStandingClock } from './standing-clock.js'

useStandingClock()

describe('a database that is out of reach', () => {
  it('is asked by one lane at a time, and all go on when it answers', async () => {
    const { database, ended, reported } = lanes(8, 10_000)
    await jest.advanceTimersByTimeAsync(5_000)
    // Eight that were under way, then 50, 100, 200, 400 ms between two, and 250 to 500 ms from there on.
    expect(database.attempts).toBeGreaterThan(8 + 9)
    expect(database.attempts).toBeLessThanOrEqual(8 + 26)
    database.away = false
    await jest.advanceTimersByTimeAsync(500)
    expect(ended.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'fulfilled'))
    expect(reported.map(({ over }) => over)).toEqual([false, true])
    expect(reported[0]?.message).toMatch(/^\[knex-session\] \[testing\] refused \(for 1\.\d s; /)
    expect(reported[1]?.message).toMatch(
      /^\[knex-session\] \[testing\] the database answers again, after 5\.\d s$/,
    )
  })

  it('is asked every few seconds only while it refuses the log-in, so that the account is not locked soon', async () => {
    const { database, ended, reported } = lanes(8, 60_000, loginRefused)
    await jest.advanceTimersByTimeAsync(20_000)
    // Eight that were under way, then one every 2.5 to 5 s.
    expect(database.attempts).toBeGreaterThanOrEqual(8 + 3)
    expect(database.attempts).toBeLessThanOrEqual(8 + 8)
    expect(reported).toHaveLength(1)
    database.away = false
    await jest.advanceTimersByTimeAsync(5_000)
    expect(ended.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'fulfilled'))
  })

  it('ends every call at its deadline with the reason', async () => {
    const { ended, outage } = lanes(8, 3_000)
    await jest.advanceTimersByTimeAsync(3_600)
    expect(ended).toHaveLength(8)
    for (const call of ended)
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ERR_CONNECTION' } })
    expect(outage.errorOf('reads', 0)).toMatchObject({ code: 'ERR_CONNECTION' })
    expect(outage.errorOf('writes', 0)).toBeUndefined()
  })

  it('is not told of when it is back within a second', async () => {
    const { database, ended, reported } = lanes(8, 3_000)
    await jest.advanceTimersByTimeAsync(400)
    database.away = false
    await jest.advanceTimersByTimeAsync(500)
    expect(ended).toHaveLength(8)
    expect(reported).toEqual([])
  })

  it('is asked again 25 to 50 ms later, however many failed together', async () => {
    const { database, call } = lanes(0, 10_000)
    database.ms = 10
    for (let outage = 0; outage < 2; outage++) {
      database.away = true
      database.attempts = 0
      for (let lane = 0; lane < 8; lane++) call()
      await jest.advanceTimersByTimeAsync(30)
      expect(database.attempts).toBe(8)
      await jest.advanceTimersByTimeAsync(30)
      expect(database.attempts).toBe(9)
      await jest.advanceTimersByTimeAsync(3_000)
      database.away = false
      await jest.advanceTimersByTimeAsync(1_000)
    }
  })

  it.each([
    [950, 0, 0],
    [950, 100, 60_000],
    [950, 400, 60_000],
    [950, 1_200, 600],
    [10_000, 1_200, 600],
  ])(
    'is told of by calls that have %i ms, on a machine whose timers are %i ms late for %i ms',
    async (time, late, first) => {
      const { setTimeout } = realTime
      const onTime = setTimeout as (go: () => void, ms: number) => NodeJS.Timeout
      Object.assign(realTime, {
        setTimeout: (go: () => void, ms: number) =>
          onTime(go, performance.now() - begun < first ? ms + late : ms),
      })
      const begun = performance.now()
      jest.spyOn(Math, 'random').mockReturnValue(1)
      const { database, ended, reported, call } = lanes(8, time)
      for (let passed = 0; passed < 2_500; passed += 10) {
        // Whoever has heard calls again.
        for (const _ of ended.splice(0)) call()
        await jest.advanceTimersByTimeAsync(10)
      }
      expect(reported.map(({ over }) => over)).toEqual([false])
      database.away = false
      call()
      await jest.advanceTimersByTimeAsync(1_000 + late)
      expect(reported.map(({ over }) => over)).toEqual([false, true])
      expect(reported[1]?.ms).toBeGreaterThanOrEqual(2_500)
      jest.restoreAllMocks()
    },
  )

  it('is asked at once by the next call when the time of all that waited was up', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1)
    const { database, ended, call } = lanes(8, 950)
    await jest.advanceTimersByTimeAsync(1_300)
    expect(ended).toHaveLength(8)
    const { attempts } = database
    call()
    await jest.advanceTimersByTimeAsync(1)
    expect(database.attempts).toBe(attempts + 1)
    jest.restoreAllMocks()
  })

  it('is told of again when it is out of reach again', async () => {
    const { database, ended, reported, call } = lanes(8, 10_000)
    for (let outage = 0; outage < 3; outage++) {
      await jest.advanceTimersByTimeAsync(2_000)
      database.away = false
      await jest.advanceTimersByTimeAsync(2_000)
      expect(ended).toHaveLength(8 * (outage + 1))
      database.away = true
      for (let lane = 0; lane < 8; lane++) call()
    }
    expect(reported.map(({ over }) => over)).toEqual([false, true, false, true, false, true])
    for (const { ms } of reported.filter(({ over }) => over)) expect(ms).toBeLessThan(3_000)
  })

  it('is not told of again for a short outage after a long one', async () => {
    const { database, reported, call } = lanes(8, 10_000)
    await jest.advanceTimersByTimeAsync(2_000)
    database.away = false
    await jest.advanceTimersByTimeAsync(2_000)
    database.away = true
    call()
    await jest.advanceTimersByTimeAsync(400)
    database.away = false
    await jest.advanceTimersByTimeAsync(2_000)
    expect(reported.map(({ over }) => over)).toEqual([false, true])
  })

  it('is back when it refuses a statement: that is an answer, which lets everybody go', async () => {
    const { database, ended, outage, reported } = lanes(8, 10_000)
    await jest.advanceTimersByTimeAsync(2_000)
    expect(outage.isOutOfReach('reads')).toBe(true)
    database.error = refusal
    await jest.advanceTimersByTimeAsync(500)
    expect(outage.isOutOfReach('reads')).toBe(false)
    expect(ended).toHaveLength(8)
    for (const call of ended)
      expect(call).toMatchObject({ status: 'rejected', reason: { kind: 'other' } })
    expect(reported.map(({ over }) => over)).toEqual([false, true])
  })

  it('is what the caller hears of whose last attempt has no answer in time', async () => {
    const { calls, table } = storeWith({ timeout: 2_000 })
    table.fates = [
      { ms: 0, fails: 'unreachable' },
      { ms: 5_000, fails: 'silent' },
    ]
    const cleared = endOf(calls.clear())
    await jest.advanceTimersByTimeAsync(2_200)
    expect(cleared.now).toBe('ERR_CONNECTION')
  })

  it('has the error that came first, whatever was under way by then ends with', async () => {
    const outage = new OutageWatch(() => undefined)
    await jest.advanceTimersByTimeAsync(100)
    const first = refused()
    outage.failed('reads', first, performance.now() - 10)
    await jest.advanceTimersByTimeAsync(10)
    outage.failed('reads', loginRefused(), performance.now() - 20)
    expect(outage.errorOf('reads', 0)).toBe(first)
    const further = refused()
    outage.failed('reads', further, performance.now())
    expect(outage.errorOf('reads', 0)).toBe(further)
  })

  it('is tried at once by the other work that failed when some gets through', async () => {
    const outage = new OutageWatch(() => undefined)
    for (const work of ['reads', 'writes'] as const)
      outage.failed(work, loginRefused(), performance.now())
    const waited = endOf(outage.wait('writes', Infinity, false))
    await jest.advanceTimersByTimeAsync(100)
    expect(waited.now).toBe('pending')
    outage.recovered('reads')
    await jest.advanceTimersByTimeAsync(1)
    expect(waited.now).toBe('done')
  })

  it('is told of once when it refuses the log-in, however seldom it is asked then', async () => {
    const reported: Outage[] = []
    const outage = new OutageWatch((each) => reported.push(each))
    for (let attempt = 0; attempt < 3; attempt++) {
      outage.failed('writes', loginRefused(), performance.now())
      await jest.advanceTimersByTimeAsync(3_000)
    }
    expect(reported.map(({ over }) => over)).toEqual([false])
  })

  it('delays only the work that fails', async () => {
    const reported: Outage[] = []
    const outage = new OutageWatch((each) => reported.push(each))
    const started = performance.now()
    outage.failed('reads', refused(), started)
    outage.failed('writes', refused(), started)
    for (const wait of [700, 700]) {
      await jest.advanceTimersByTimeAsync(wait)
      outage.failed('writes', refused(), performance.now())
    }
    outage.recovered('reads')
    expect([outage.isOutOfReach('reads'), outage.isOutOfReach('writes')]).toEqual([false, true])
    await jest.advanceTimersByTimeAsync(10)
    expect(reported.map(({ over }) => over)).toEqual([false])
    outage.recovered('writes')
    await jest.advanceTimersByTimeAsync(10)
    expect(reported.map(({ over }) => over)).toEqual([false, true])
  })
})

it('a statement without an answer in time is no outage: others go on beside it', async () => {
  const { outage, ended } = lanes(1, 2_000, locked)
  await jest.advanceTimersByTimeAsync(500)
  expect(outage.isOutOfReach('reads')).toBe(false)
  await jest.advanceTimersByTimeAsync(3_000)
  expect(ended).toMatchObject([{ status: 'rejected', reason: { code: 'ERR_TIMEOUT' } }])
})
