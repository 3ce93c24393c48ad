import { ask, controlled } from './controlled-coalescer.js'
import { push } from './push.js'
import { pass, turn, useStandingClock } from './standing-clock.js'

useStandingClock()

describe('calls of a coalescer that are held', () => {
  it('keeps calls that were added after a hold until its release, each group for itself, and merges none of them across', async () => {
    const { coalescer, running, sent } = controlled({ exclusive: true, lanes: 4, merge: (_, later) => later })
    const calls = [push(coalescer, 'a', 'before')]
    coalescer.hold()
    calls.push(push(coalescer, 'a', 'between'), push(coalescer, 'a', 'between too'))
    coalescer.hold()
    calls.push(push(coalescer, 'a', 'after'))
    await turn()
    expect(sent()).toEqual([['before']])
    running[0]?.finish()
    await coalescer.drain()
    coalescer.release()
    await turn()
    expect(sent()).toEqual([['before'], ['between too']])
    running[1]?.finish()
    await coalescer.drain()
    coalescer.release()
    await turn()
    expect(sent()).toEqual([['before'], ['between too'], ['after']])
    running[2]?.finish()
    await Promise.all(calls)
  })

  it('keeps the calls of one key in order and held, also when the first gives up', async () => {
    const { coalescer, running, sent } = controlled({ exclusive: true, lanes: 4, timeout: 400 })
    coalescer.hold()
    const first = ask(coalescer, 'a', 'first')
    await pass(200)
    const others = [ask(coalescer, 'a', 'second'), ask(coalescer, 'a', 'third')]
    await pass(220)
    expect([first, ...others].map(({ heard }) => heard)).toEqual([['late'], [], []])
    expect(sent()).toEqual([])
    coalescer.release()
    await turn()
    expect(sent()).toEqual([['second']])
    running[0]?.finish()
    await turn()
    expect(sent()).toEqual([['second'], ['third']])
    running[1]?.finish()
    await turn()
    expect(others.map(({ heard }) => heard)).toEqual([['second!'], ['third!']])
  })

  it('gives up in time the calls that are held, and does not send them at the release', async () => {
    const { coalescer, sent } = controlled({ exclusive: true, timeout: 400 })
    coalescer.hold()
    const calls = ['first', 'second', 'third'].map((call) => ask(coalescer, 'a', call))
    await pass(400)
    expect(calls.map(({ heard }) => heard)).toEqual([['late'], ['late'], ['late']])
    coalescer.release()
    await turn()
    expect(sent()).toEqual([])
    expect(coalescer.idle).toBe(true)
  })

  it('keeps held what is called while an earlier call of its key waits to go again', async () => {
    let most = 3
    const { coalescer, running, sent } = controlled({ exclusive: true, size: () => most, timeout: 400, outOfTime: () => true })
    ask(coalescer, 'busy', 'busy')
    await turn()
    ask(coalescer, 'a', 'short of time')
    await pass(50)
    const before = ['b', 'c'].map((key) => ask(coalescer, key, key))
    running[0]?.finish()
    await turn()
    coalescer.hold()
    most = 1
    running[1]?.fail(new Error('out of time'))
    await turn()
    const held = ask(coalescer, 'c', 'held')
    for (let batch = 2; batch < 4; batch++) {
      running[batch]?.finish()
      await turn()
    }
    expect(sent()).toEqual([['busy'], ['short of time', 'b', 'c'], ['b'], ['c']])
    expect(before.map(({ heard }) => heard)).toEqual([['b!'], ['c!']])
    coalescer.release()
    await turn()
    running[4]?.finish()
    await turn()
    expect(sent().slice(4)).toEqual([['held']])
    expect(held.heard).toEqual(['held!'])
  })
})
