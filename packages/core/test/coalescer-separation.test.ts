import { ask, controlled } from './controlled-coalescer.js'
import { pass, turn, useStandingClock } from './standing-clock.js'

useStandingClock()

describe('a merged call that fails', () => {
  const separable = {
    exclusive: true,
    lanes: 4,
    timeout: 400,
    merge: (earlier: string, later: string) => `${earlier} and ${later}`,
    separable: () => true,
  }

  it('is made again as the calls it was merged of, each in its time, before any other of its key', async () => {
    const { coalescer, running, sent } = controlled({ ...separable, lanes: 1 })
    ask(coalescer, 'busy', 'busy')
    await turn()
    const started = performance.now()
    const first = ask(coalescer, 'a', 'first')
    await pass(50)
    const second = ask(coalescer, 'a', 'second')
    running[0]?.finish()
    await turn()
    running[1]?.fail(new Error('bad'))
    await turn()
    expect(coalescer.idle).toBe(false)
    const after = ask(coalescer, 'a', 'after')
    await turn()
    expect(sent().slice(1)).toEqual([['first and second'], ['first']])
    running[2]?.fail(new Error('bad first'))
    await turn()
    expect(sent().slice(3)).toEqual([['second']])
    expect(running.slice(2).map(({ deadline }) => deadline - started)).toEqual([380, 430])
    running[3]?.finish()
    await turn()
    expect([first.heard, second.heard]).toEqual([['bad first'], ['second!']])
    expect(sent().slice(4)).toEqual([['after']])
    running[4]?.finish()
    await turn()
    expect(after.heard).toEqual(['after!'])
    expect(coalescer.idle).toBe(true)
  })

  it('is not made again for callers who were told meanwhile that their time is up', async () => {
    const { coalescer, running, sent } = controlled(separable)
    const calls = [ask(coalescer, 'a', 'first'), ask(coalescer, 'a', 'second')]
    await turn()
    running[0]?.fail(new Error('bad'))
    await turn()
    await pass(420)
    expect(calls.map(({ heard }) => heard)).toEqual([['late'], ['late']])
    running[1]?.finish()
    await turn()
    expect(sent()).toEqual([['first and second'], ['first']])
    expect(coalescer.idle).toBe(true)
  })

  it('takes a lane while it is made again', async () => {
    const { coalescer, running, sent } = controlled({ ...separable, lanes: 1 })
    for (const call of ['first', 'second']) ask(coalescer, 'a', call)
    await turn()
    running[0]?.fail(new Error('bad'))
    ask(coalescer, 'b', 'other')
    await turn()
    expect(sent()).toEqual([['first and second'], ['first']])
  })

  it('is set aside with those of its calls that have not been made, when something holds up one of them', async () => {
    let over = false
    const { coalescer, running, sent } = controlled({
      ...separable,
      separable: ({ message }: Error) => message === 'bad',
      heldUp: ({ message }: Error) => message === 'held up',
      stillHeldUp: (calls) => Promise.resolve(new Set(over ? [] : calls.keys())),
    })
    const calls = ['first', 'second', 'third'].map((call) => ask(coalescer, 'a', call))
    await turn()
    running[0]?.fail(new Error('bad'))
    await turn()
    running[1]?.finish()
    await turn()
    running[2]?.finish({ results: [''], failures: new Map([[0, new Error('held up')]]) })
    await turn()
    calls.push(ask(coalescer, 'a', 'after'))
    await pass(100)
    expect(calls.map(({ heard }) => heard)).toEqual([['first!'], [], [], []])
    over = true
    await pass(100)
    expect(sent()).toEqual([['first and second and third'], ['first'], ['second'], ['second and third and after']])
    running[3]?.finish()
    await turn()
    expect(coalescer.idle).toBe(true)
  })
})
