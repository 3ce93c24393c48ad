import { ask, controlled, setbacks } from './controlled-coalescer.js'
import { push } from './push.js'
import { pass, turn, until, useStandingClock } from './standing-clock.js'

useStandingClock()

describe('calls of a coalescer that a lock blocks', () => {
  it('keeps blocked calls, and later ones of their keys, until the lock is gone, and sends them in order then', async () => {
    const blocked = new Set(['a', 'b'])
    const asked: (readonly string[])[] = []
    const { coalescer, running, sent } = controlled({
      exclusive: true,
      timeout: 2_000,
      stillBlocked: (calls) => {
        asked.push(calls)
        return Promise.resolve(
          new Set(
            [...calls.keys()].filter((place) => blocked.has((calls[place] as string).charAt(0))),
          ),
        )
      },
    })
    const calls = ['a1', 'b1', 'c1'].map((call) => push(coalescer, call.charAt(0), call))
    await turn()
    calls.push(push(coalescer, 'a', 'a2'))
    running[0]?.finish({ results: ['', '', 'c1!'], setbacks: setbacks('blocked', 'locked', 0, 1) })
    await expect(calls[2]).resolves.toBe('c1!')
    calls.push(push(coalescer, 'b', 'b2'), push(coalescer, 'c', 'c2'))
    await turn()
    expect(sent().slice(1)).toEqual([['c2']])
    running[1]?.finish()
    let drained = false
    const drain = coalescer.drain().then(() => (drained = true))
    await until(() => asked.length >= 2)
    expect(drained).toBe(false)
    blocked.delete('a')
    await until(() => running.length === 3)
    expect(running[2]?.calls).toEqual(['a1'])
    running[2]?.finish()
    await turn()
    expect(running[3]?.calls).toEqual(['a2'])
    blocked.delete('b')
    running[3]?.finish()
    await until(() => running.length === 5)
    running[4]?.finish()
    await turn()
    running[5]?.finish()
    await Promise.all([...calls, drain])
    expect(sent().slice(4)).toEqual([['b1'], ['b2']])
    expect(asked.flat()).not.toContain('b2')
  })

  it('gives up blocked calls in time, and keeps later ones of their keys', async () => {
    let over = false
    const { coalescer, running } = controlled({
      exclusive: true,
      timeout: 100,
      stillBlocked: (calls) => Promise.resolve(new Set(over ? [] : calls.keys())),
    })
    const first = ask(coalescer, 'a', 'first')
    await turn()
    running[0]?.fail(new Error('locked'), 'blocked')
    await until(() => first.heard.length > 0)
    expect(first.heard).toEqual(['late'])
    expect(coalescer.idle).toBe(true)
    const second = push(coalescer, 'a', 'second')
    await turn()
    expect(running).toHaveLength(1)
    over = true
    await until(() => running.length === 2)
    running[1]?.finish()
    await expect(second).resolves.toBe('second!')
  })

  it('does not send a call that was given up while it was looked whether it may leave', async () => {
    const looks: ((blocked: ReadonlySet<number>) => void)[] = []
    const { coalescer, running } = controlled({
      exclusive: true,
      timeout: 100,
      stillBlocked: () => new Promise((resolve) => looks.push(resolve)),
    })
    const call = ask(coalescer, 'a', 'a')
    await turn()
    running[0]?.fail(new Error('locked'), 'blocked')
    await until(() => looks.length === 1)
    await until(() => call.heard.length > 0)
    expect(call.heard).toEqual(['late'])
    looks[0]?.(new Set())
    await turn()
    expect(running).toHaveLength(1)
    expect(coalescer.idle).toBe(true)
  })

  it('looks soon whether it is over, then less and less often, and soon again the next time', async () => {
    const locked = new Set(['a'])
    const looks: number[] = []
    const { coalescer, running } = controlled({
      exclusive: true,
      stillBlocked: (calls) => {
        looks.push(performance.now())
        return Promise.resolve(
          new Set([...calls.keys()].filter((place) => locked.has(calls[place] as string))),
        )
      },
    })
    /** The pauses before each look, from when a call is blocked until it leaves. */
    const pauses = async (call: string, ms: number) => {
      looks.splice(0)
      locked.add(call)
      const before = running.length
      const outcome = push(coalescer, call, call)
      await until(() => running.length === before + 1)
      const started = performance.now()
      running[before]?.fail(new Error('locked'), 'blocked')
      await pass(ms)
      locked.delete(call)
      await until(() => running.length === before + 2)
      running[before + 1]?.finish()
      await outcome
      return looks.map((at, place) => Math.round(at - (looks[place - 1] ?? started)))
    }
    const first = await pauses('a', 2_000)
    expect(first.slice(0, 2)).toEqual([20, 40])
    expect(Math.max(...first)).toBe(250)
    const second = await pauses('b', 100)
    expect(second.slice(0, 2)).toEqual([20, 40])
  })
})
