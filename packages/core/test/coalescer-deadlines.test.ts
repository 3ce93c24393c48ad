import { ask, controlled } from './controlled-coalescer.js'
import { push } from './push.js'
import { pass, turn, useStandingClock } from './standing-clock.js'

useStandingClock()

describe('callers of a coalescer whose time is up', () => {
  it('rejects a caller whose time is up, drops a call that has not left, and goes on', async () => {
    const { coalescer, running, sent } = controlled({ timeout: 400 })
    const stuck = ask(coalescer, 'a', 'a')
    await turn()
    const waiting = ask(coalescer, 'b', 'b')
    await pass(420)
    expect([stuck.heard, waiting.heard]).toEqual([['late'], ['late']])
    running[0]?.finish()
    const next = ask(coalescer, 'c', 'c')
    await turn()
    expect(sent()).toEqual([['a'], ['c']])
    running[1]?.finish()
    await turn()
    expect([stuck.heard, next.heard]).toEqual([['late'], ['c!']])
  })

  it('gives up in time the calls that wait behind one in flight, and does not send them when that ends', async () => {
    const { coalescer, running, sent } = controlled({ exclusive: true, timeout: 400 })
    const calls = ['first', 'second', 'third'].map((call) => ask(coalescer, 'a', call))
    await pass(420)
    expect(calls.map(({ heard }) => heard)).toEqual([['late'], ['late'], ['late']])
    const other = ask(coalescer, 'b', 'other')
    running[0]?.finish()
    await turn()
    expect(sent()).toEqual([['first'], ['other']])
    running[1]?.finish()
    await turn()
    expect(other.heard).toEqual(['other!'])
    expect(coalescer.idle).toBe(true)
  })

  it('sends a later call of a key without the part of one that was given up while waiting', async () => {
    const { coalescer, running, sent } = controlled({
      exclusive: true,
      timeout: 400,
      merge: (_, later) => later,
    })
    ask(coalescer, 'a', 'first')
    await turn()
    const second = ask(coalescer, 'a', 'second')
    await pass(420)
    expect(second.heard).toEqual(['late'])
    const third = ask(coalescer, 'a', 'third')
    ask(coalescer, 'b', 'other')
    running[0]?.finish()
    await turn()
    expect(sent()).toEqual([['first'], ['other', 'third']])
    running[1]?.finish()
    await turn()
    expect([second.heard, third.heard]).toEqual([['late'], ['third!']])
    expect(coalescer.idle).toBe(true)
  })

  it('sends a call that waited behind one that was given up', async () => {
    const { coalescer, running, sent } = controlled({ exclusive: true, timeout: 400 })
    ask(coalescer, 'busy', 'busy')
    await turn()
    const first = ask(coalescer, 'a', 'first')
    await pass(200)
    const second = ask(coalescer, 'a', 'second')
    await pass(220)
    expect([first.heard, second.heard]).toEqual([['late'], []])
    running[0]?.finish()
    await turn()
    expect(sent()).toEqual([['busy'], ['second']])
    running[1]?.finish()
    await turn()
    expect(second.heard).toEqual(['second!'])
    expect(coalescer.idle).toBe(true)
  })

  it('has a batch end just before the first of its callers gives up, and those who have more time wait for another', async () => {
    const { coalescer, running } = controlled({
      exclusive: true,
      timeout: 400,
    })
    const started = performance.now()
    const busy = push(coalescer, 'busy', 'busy')
    await turn()
    const first = push(coalescer, 'a', 'first')
    await pass(50)
    const others = [push(coalescer, 'b', 'second'), push(coalescer, 'c', 'third')]
    running[0]?.finish()
    await turn()
    expect(running[1]?.calls).toEqual(['first', 'second', 'third'])
    // A twentieth of the time is left for the end to be noticed.
    expect(running[1]?.deadline).toBe(started + 380)
    others.push(push(coalescer, 'b', 'after the second'))
    const reported = expect(first).rejects.toThrow('out of time')
    running[1]?.fail(new Error('out of time'), 'outOfTime')
    await reported
    await turn()
    expect(running[2]?.calls).toEqual(['second', 'third'])
    running[2]?.finish()
    await turn()
    expect(running[3]?.calls).toEqual(['after the second'])
    running[3]?.finish()
    await expect(Promise.all([busy, ...others])).resolves.toHaveLength(4)
    expect(coalescer.idle).toBe(true)
  })

  it('does not send a call that would have to end at once', async () => {
    const { coalescer, running, sent } = controlled({ timeout: 400 })
    ask(coalescer, 'busy', 'busy')
    await turn()
    await pass(60)
    const waiting = ask(coalescer, 'a', 'a')
    // A twentieth of the time for the end to be noticed, and one for the cancel.
    await pass(361)
    expect(waiting.heard).toEqual([])
    running[0]?.finish()
    await turn()
    expect(waiting.heard).toEqual(['late'])
    expect(sent()).toEqual([['busy']])
  })

  it.each([1, 2, 5, 10, 19, 20, 100])(
    'tries what is called with a timeout of %s ms',
    async (timeout) => {
      const { coalescer, running, sent } = controlled({ timeout })
      const asked = ask(coalescer, 'a', 'a')
      await turn()
      expect(sent()).toEqual([['a']])
      running[0]?.finish()
      await turn()
      expect(asked.heard).toEqual(['a!'])
    },
  )

  it('sends a merged call without the part of callers who gave up while it waited', async () => {
    const { coalescer, running, sent } = controlled({
      exclusive: true,
      timeout: 400,
      merge: (_, later) => later,
    })
    ask(coalescer, 'busy', 'busy')
    await turn()
    const first = ask(coalescer, 'a', 'first')
    await pass(200)
    const others = [ask(coalescer, 'a', 'second'), ask(coalescer, 'a', 'third')]
    await pass(220)
    expect([first, ...others].map(({ heard }) => heard)).toEqual([['late'], [], []])
    running[0]?.finish()
    await turn()
    expect(sent()).toEqual([['busy'], ['third']])
    running[1]?.finish()
    await turn()
    expect(others.map(({ heard }) => heard)).toEqual([['third!'], ['third!']])
    expect(coalescer.idle).toBe(true)
  })
})
