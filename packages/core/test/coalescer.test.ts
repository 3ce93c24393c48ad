import { setImmediate as endOfTurn } from 'node:timers/promises'
import { controlled } from './controlled-coalescer.js'
import { push } from './push.js'
import { turn } from './standing-clock.js'

describe('coalescer', () => {
  it('sends a lone call in the same turn of the event loop', async () => {
    const { coalescer, running } = controlled()
    const call = push(coalescer, 'a', 'a')
    await endOfTurn()
    expect(running.map(({ calls }) => calls)).toEqual([['a']])
    running[0]?.finish()
    await expect(call).resolves.toBe('a!')
  })

  it('sends the call of callers who come one at a time in the next tick, until several come', async () => {
    const { coalescer, running } = controlled()
    const sentByTick = async (keys: readonly string[]) => {
      const calls = keys.map((key) => push(coalescer, key, key))
      await new Promise<void>((resolve) => process.nextTick(resolve))
      const sent = running.length === 1
      await turn()
      running.pop()?.finish()
      await Promise.all(calls)
      return sent
    }
    for (let calls = 0; calls < 8; calls++) expect(await sentByTick(['a'])).toBe(false)
    expect(await sentByTick(['a'])).toBe(true)
    expect(await sentByTick(['a', 'b'])).toBe(true)
    expect(await sentByTick(['a'])).toBe(false)
  })

  it('sends calls that are made in callbacks of one turn as one batch', async () => {
    const { coalescer, running } = controlled()
    const calls: Promise<string>[] = []
    for (const key of ['a', 'b', 'c']) setImmediate(() => calls.push(push(coalescer, key, key)))
    await turn()
    expect(running.map(({ calls: sent }) => sent)).toEqual([['a', 'b', 'c']])
    running[0]?.finish()
    await expect(Promise.all(calls)).resolves.toEqual(['a!', 'b!', 'c!'])
  })

  it('sends calls made together as one batch', async () => {
    const { coalescer, running } = controlled()
    const calls = ['a', 'b', 'c'].map((key) => push(coalescer, key, key))
    await turn()
    expect(running.map(({ calls: sent }) => sent)).toEqual([['a', 'b', 'c']])
    running[0]?.finish()
    await expect(Promise.all(calls)).resolves.toEqual(['a!', 'b!', 'c!'])
  })

  it('gathers calls while every lane is busy and never exceeds the size of a batch', async () => {
    const { coalescer, running } = controlled({ size: () => 2 })
    const calls = [push(coalescer, 'a', 'a')]
    await turn()
    for (const key of ['b', 'c', 'd']) calls.push(push(coalescer, key, key))
    await turn()
    expect(running).toHaveLength(1)
    for (let done = 0; done < 3; done++) {
      running[done]?.finish()
      await turn()
    }
    expect(running.map(({ calls: sent }) => sent)).toEqual([['a'], ['b', 'c'], ['d']])
    await Promise.all(calls)
  })

  it('never has more batches in flight than lanes, however many wait', async () => {
    const { coalescer, running, sent } = controlled({ lanes: 2, size: () => 1 })
    const calls = ['a', 'b', 'c', 'd'].map((key) => push(coalescer, key, key))
    await turn()
    expect(sent()).toEqual([['a'], ['b']])
    running[1]?.finish()
    await turn()
    expect(sent()).toEqual([['a'], ['b'], ['c']])
    running[0]?.finish()
    running[2]?.finish()
    await turn()
    running[3]?.finish()
    await expect(Promise.all(calls)).resolves.toEqual(['a!', 'b!', 'c!', 'd!'])
  })

  it('fills no batch past its weight, and lets a call that is heavier go by itself', async () => {
    const { coalescer, running } = controlled({ weightOf: (call) => call.length, heaviest: 4 })
    const calls = ['aa', 'b', 'c', 'ddd', 'eeeeeeeee', 'f'].map((call) =>
      push(coalescer, call, call),
    )
    for (let done = 0; done < 4; done++) {
      await turn()
      running[done]?.finish()
    }
    await Promise.all(calls)
    expect(running.map(({ calls: sent }) => sent)).toEqual([
      ['aa', 'b', 'c'],
      ['ddd'],
      ['eeeeeeeee'],
      ['f'],
    ])
  })

  it('sends many calls made together as two batches when a second lane is free, and later ones as they come', async () => {
    const { coalescer, running } = controlled({ lanes: 3, size: () => 100 })
    const keys = Array.from({ length: 17 }, (_, index) => String(index))
    const calls = keys.map((key) => push(coalescer, key, key))
    await turn()
    expect(running.map(({ calls: sent }) => sent.length)).toEqual([9, 8])
    calls.push(...keys.map((key) => push(coalescer, `later ${key}`, key)))
    await turn()
    expect(running.map(({ calls: sent }) => sent.length)).toEqual([9, 8, 17])
    running.forEach((batch) => batch.finish())
    await Promise.all(calls)
  })

  it('sends many calls made together as one batch when there is one lane', async () => {
    const { coalescer, running } = controlled({ lanes: 1, size: () => 100 })
    const calls = Array.from({ length: 40 }, (_, index) => push(coalescer, String(index), 'call'))
    await turn()
    expect(running.map(({ calls: sent }) => sent.length)).toEqual([40])
    running[0]?.finish()
    await Promise.all(calls)
  })

  it('joins calls of one key that merge, and answers every caller', async () => {
    const { coalescer, running } = controlled({ merge: (earlier) => earlier })
    const calls = [push(coalescer, 'a', 'first'), push(coalescer, 'a', 'second')]
    await turn()
    expect(running[0]?.calls).toEqual(['first'])
    running[0]?.finish()
    await expect(Promise.all(calls)).resolves.toEqual(['first!', 'first!'])
  })

  it('never joins a call to a batch that has left', async () => {
    const { coalescer, running } = controlled({ merge: (earlier) => earlier, lanes: 2 })
    const first = push(coalescer, 'a', 'first')
    await turn()
    const second = push(coalescer, 'a', 'second')
    await turn()
    expect(running.map(({ calls }) => calls)).toEqual([['first'], ['second']])
    running.forEach((batch) => batch.finish())
    await expect(Promise.all([first, second])).resolves.toEqual(['first!', 'second!'])
  })

  it('keeps the calls of one key in separate batches and in order when the key is exclusive', async () => {
    const { coalescer, running } = controlled({ exclusive: true, lanes: 4 })
    const calls = ['first', 'second', 'third'].map((call) => push(coalescer, 'a', call))
    const other = push(coalescer, 'b', 'other')
    await turn()
    expect(running.map(({ calls: sent }) => sent)).toEqual([['first', 'other']])
    running[0]?.finish()
    await turn()
    running[1]?.finish()
    await turn()
    running[2]?.finish()
    await Promise.all([...calls, other])
    expect(running.map(({ calls: sent }) => sent)).toEqual([
      ['first', 'other'],
      ['second'],
      ['third'],
    ])
  })

  it('serves the kind that has waited longest', async () => {
    const { coalescer, running } = controlled({ kindOf: (call) => call.charAt(0) })
    const calls = ['x1', 'y1', 'x2'].map((call) => push(coalescer, call, call))
    for (let done = 0; done < 2; done++) {
      await turn()
      running[done]?.finish()
    }
    await Promise.all(calls)
    expect(running.map(({ calls: sent }) => sent)).toEqual([['x1', 'x2'], ['y1']])
  })

  it('refuses at once what does not fit the queue, and takes calls again when it empties', async () => {
    const { coalescer, running } = controlled({ maxQueue: 1 })
    const first = push(coalescer, 'a', 'a')
    await expect(push(coalescer, 'b', 'b')).rejects.toThrow('full')
    await turn()
    const second = push(coalescer, 'c', 'c')
    running[0]?.finish()
    await turn()
    running[1]?.finish()
    await expect(Promise.all([first, second])).resolves.toEqual(['a!', 'c!'])
  })

  it('drains when the last call has ended', async () => {
    const { coalescer, running } = controlled()
    const call = push(coalescer, 'a', 'a')
    let drained = false
    const drain = coalescer.drain().then(() => (drained = true))
    await turn()
    expect(drained).toBe(false)
    running[0]?.finish()
    await Promise.all([call, drain])
    await expect(coalescer.drain()).resolves.toBeUndefined()
  })
})
