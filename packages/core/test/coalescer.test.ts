import { setTimeout as delay, setImmediate as endOfTurn } from 'node:timers/promises'
import type { BatchEnd, CoalescerSpec } from '../src/coalescer-spec.js'
import { Coalescer } from '../src/coalescer.js'
import { push } from './push.js'

interface Running {
  readonly kind: string
  readonly calls: readonly string[]
  readonly deadline: number
  fail(error: Error): void
  finish(end?: BatchEnd<string>): void
}

/** A turn of the event loop, and all that was begun in it: a batch leaves at its end. */
async function turn() {
  await endOfTurn()
  await endOfTurn()
}

/** Lets turns pass until something has come. */
async function until(hasCome: () => boolean) {
  const end = performance.now() + 5_000
  while (!hasCome()) {
    if (performance.now() > end) throw new Error('it never came')
    await turn()
  }
}

/** A coalescer of strings whose batches end when the test says so. */
function controlled(overrides: Partial<CoalescerSpec<string, string>> = {}) {
  const running: Running[] = []
  const coalescer = new Coalescer<string, string>({
    lanes: 1,
    size: () => 10,
    kindOf: () => 'any',
    merge: () => undefined,
    exclusive: false,
    maxQueue: 100,
    timeout: 0,
    queueFull: () => new Error('full'),
    timedOut: () => new Error('late'),
    run: (kind, calls, deadline) =>
      new Promise((resolve, reject) => {
        running.push({ kind, calls, deadline, fail: reject, finish: (end) => resolve(end ?? { results: calls.map((call) => `${call}!`) }) })
      }),
    ...overrides,
  })
  return { coalescer, running }
}

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

  it('keeps the calls of one key apart and in order when the key is exclusive', async () => {
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
    expect(running.map(({ calls: sent }) => sent)).toEqual([['first', 'other'], ['second'], ['third']])
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

  it('rejects only the caller whose call failed', async () => {
    const { coalescer, running } = controlled()
    const calls = ['a', 'b'].map((key) => push(coalescer, key, key))
    await turn()
    running[0]?.finish({ results: ['', 'b!'], failures: new Map([[0, new Error('bad a')]]) })
    await expect(calls[0]).rejects.toThrow('bad a')
    await expect(calls[1]).resolves.toBe('b!')
  })

  it('rejects every caller when the batch throws', async () => {
    const { coalescer } = controlled({ run: () => Promise.reject(new Error('broken')) })
    await expect(push(coalescer, 'a', 'a')).rejects.toThrow('broken')
    expect(coalescer.idle).toBe(true)
  })

  it('goes on by itself with a call that is to go alone, and answers the others', async () => {
    const { coalescer, running } = controlled({ exclusive: true })
    const calls = ['a', 'b'].map((key) => push(coalescer, key, key))
    await turn()
    calls.push(push(coalescer, 'a', 'after a'))
    running[0]?.finish({ results: ['', 'b!'], alone: new Set([0]) })
    await expect(calls[1]).resolves.toBe('b!')
    await turn()
    expect(running.map(({ calls: sent }) => sent)).toEqual([['a', 'b'], ['a']])
    running[1]?.finish()
    await turn()
    running[2]?.finish()
    await expect(Promise.all(calls)).resolves.toEqual(['a!', 'b!', 'after a!'])
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

  it('rejects a caller whose time is up, drops a call that has not left, and goes on', async () => {
    const { coalescer, running } = controlled({ timeout: 30 })
    const stuck = push(coalescer, 'a', 'a')
    await turn()
    const waiting = push(coalescer, 'b', 'b')
    await expect(stuck).rejects.toThrow('late')
    await expect(waiting).rejects.toThrow('late')
    running[0]?.finish()
    const next = push(coalescer, 'c', 'c')
    await turn()
    expect(running.map(({ calls }) => calls)).toEqual([['a'], ['c']])
    running[1]?.finish()
    await expect(next).resolves.toBe('c!')
  })

  it('has a batch end just before the first of its callers gives up, and those who have more time wait for another', async () => {
    const { coalescer, running } = controlled({
      exclusive: true,
      timeout: 400,
      outOfTime: ({ message }: Error) => message === 'out of time',
    })
    const busy = push(coalescer, 'busy', 'busy')
    await turn()
    const started = performance.now()
    const first = push(coalescer, 'a', 'first')
    await delay(50)
    const others = [push(coalescer, 'b', 'second'), push(coalescer, 'c', 'third')]
    running[0]?.finish()
    await turn()
    expect(running[1]?.calls).toEqual(['first', 'second', 'third'])
    expect(running[1]?.deadline).toBeGreaterThan(started + 300)
    expect(running[1]?.deadline).toBeLessThan(started + 400)
    others.push(push(coalescer, 'b', 'after the second'))
    running[1]?.fail(new Error('out of time'))
    await expect(first).rejects.toThrow('out of time')
    await turn()
    expect(running[2]?.calls).toEqual(['second', 'third'])
    running[2]?.finish()
    await turn()
    expect(running[3]?.calls).toEqual(['after the second'])
    running[3]?.finish()
    await expect(Promise.all([busy, ...others])).resolves.toHaveLength(4)
    expect(coalescer.idle).toBe(true)
  })

  it('sets calls aside that something holds up, and later ones of their keys, and takes them in order when it is over', async () => {
    const heldUp = new Set(['a', 'b'])
    const asked: (readonly string[])[] = []
    const { coalescer, running } = controlled({
      exclusive: true,
      timeout: 2_000,
      heldUp: ({ message }: Error) => message === 'held up',
      stillHeldUp: (calls) => {
        asked.push(calls)
        return Promise.resolve(new Set([...calls.keys()].filter((place) => heldUp.has((calls[place] as string).charAt(0)))))
      },
    })
    const calls = ['a1', 'b1', 'c1'].map((call) => push(coalescer, call.charAt(0), call))
    await turn()
    calls.push(push(coalescer, 'a', 'a2'))
    running[0]?.finish({ results: ['', '', 'c1!'], failures: new Map([0, 1].map((place) => [place, new Error('held up')])) })
    await expect(calls[2]).resolves.toBe('c1!')
    calls.push(push(coalescer, 'b', 'b2'), push(coalescer, 'c', 'c2'))
    await turn()
    expect(running.slice(1).map(({ calls: sent }) => sent)).toEqual([['c2']])
    running[1]?.finish()
    let drained = false
    const drain = coalescer.drain().then(() => (drained = true))
    await until(() => asked.length >= 2)
    expect(drained).toBe(false)
    heldUp.delete('a')
    await until(() => running.length === 3)
    expect(running[2]?.calls).toEqual(['a1'])
    running[2]?.finish()
    await turn()
    expect(running[3]?.calls).toEqual(['a2'])
    heldUp.delete('b')
    running[3]?.finish()
    await until(() => running.length === 5)
    running[4]?.finish()
    await turn()
    running[5]?.finish()
    await Promise.all([...calls, drain])
    expect(running.slice(4).map(({ calls: sent }) => sent)).toEqual([['b1'], ['b2']])
    expect(asked.flat()).not.toContain('b2')
  })

  it('gives up calls that were set aside in time, and then sets aside those of their keys at once', async () => {
    let over = false
    const { coalescer, running } = controlled({
      exclusive: true,
      timeout: 100,
      heldUp: () => true,
      stillHeldUp: (calls) => Promise.resolve(new Set(over ? [] : calls.keys())),
    })
    const first = push(coalescer, 'a', 'first')
    await turn()
    running[0]?.fail(new Error('held up'))
    await expect(first).rejects.toThrow('late')
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
    const looks: ((heldUp: ReadonlySet<number>) => void)[] = []
    const { coalescer, running } = controlled({
      exclusive: true,
      timeout: 100,
      heldUp: () => true,
      stillHeldUp: () => new Promise((resolve) => looks.push(resolve)),
    })
    const call = push(coalescer, 'a', 'a')
    await turn()
    running[0]?.fail(new Error('held up'))
    await until(() => looks.length === 1)
    await expect(call).rejects.toThrow('late')
    looks[0]?.(new Set())
    await turn()
    expect(running).toHaveLength(1)
    expect(coalescer.idle).toBe(true)
  })

  it('does not send what would have to end at once', async () => {
    const { coalescer, running } = controlled({ timeout: 400 })
    const busy = push(coalescer, 'busy', 'busy')
    await turn()
    await delay(60)
    const waiting = push(coalescer, 'a', 'a')
    const deadline = performance.now() + 400
    const told = expect(waiting).rejects.toThrow('late')
    await expect(busy).rejects.toThrow('late')
    // A twentieth of the time for the end to be noticed, and one for the cancel.
    while (performance.now() < deadline - 35) await turn()
    running[0]?.finish()
    await told
    expect(running).toHaveLength(1)
  })

  it('sends a merged call without the part of callers who gave up while it waited', async () => {
    const { coalescer, running } = controlled({ exclusive: true, timeout: 100, merge: (earlier, later) => `${earlier} and ${later}` })
    const busy = push(coalescer, 'busy', 'busy')
    await turn()
    const first = push(coalescer, 'a', 'first')
    const late = Promise.allSettled([busy, first])
    await delay(50)
    const others = [push(coalescer, 'a', 'second'), push(coalescer, 'a', 'third')]
    await late
    running[0]?.finish()
    await turn()
    expect(running[1]?.calls).toEqual(['second and third'])
    running[1]?.finish()
    await Promise.all(others)
    expect(coalescer.idle).toBe(true)
  })

  it('keeps calls that were added after a hold until its release, each group for itself, and merges none of them across', async () => {
    const { coalescer, running } = controlled({ exclusive: true, lanes: 4, merge: (_, later) => later })
    const calls = [push(coalescer, 'a', 'before')]
    coalescer.hold()
    calls.push(push(coalescer, 'a', 'between'), push(coalescer, 'a', 'between too'))
    coalescer.hold()
    calls.push(push(coalescer, 'a', 'after'))
    await turn()
    expect(running.map(({ calls: sent }) => sent)).toEqual([['before']])
    running[0]?.finish()
    await coalescer.drain()
    coalescer.release()
    await turn()
    expect(running.map(({ calls: sent }) => sent)).toEqual([['before'], ['between too']])
    running[1]?.finish()
    await coalescer.drain()
    coalescer.release()
    await turn()
    expect(running.map(({ calls: sent }) => sent)).toEqual([['before'], ['between too'], ['after']])
    running[2]?.finish()
    await Promise.all(calls)
  })

  it('keeps the calls of one key in order when they are held, also when the first gives up', async () => {
    const { coalescer, running } = controlled({ exclusive: true, lanes: 4, timeout: 40 })
    coalescer.hold()
    const first = push(coalescer, 'a', 'first')
    await new Promise((resolve) => setTimeout(resolve, 25))
    const second = push(coalescer, 'a', 'second')
    await expect(first).rejects.toThrow('late')
    coalescer.release()
    await turn()
    expect(running.map(({ calls }) => calls)).toEqual([['second']])
    running[0]?.finish()
    await second
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
