import { ask, controlled } from './controlled-coalescer.js'
import { pass, turn, useStandingClock } from './standing-clock.js'

useStandingClock()

describe('a coalescer that is not open yet', () => {
  it('keeps its calls, joins those of a key, and lets them leave when it is opened', async () => {
    const { coalescer, running, sent } = controlled({
      exclusive: true,
      isOpen: false,
      merge: (_, later) => later,
    })
    const calls = ['first', 'second'].map((call) => ask(coalescer, 'a', call))
    await turn()
    expect(sent()).toEqual([])
    coalescer.open()
    await turn()
    expect(sent()).toEqual([['second']])
    running[0]?.finish()
    await turn()
    expect(calls.map(({ heard }) => heard)).toEqual([['second!'], ['second!']])
  })

  it('keeps the calls of one key in order, also when the first gives up', async () => {
    const { coalescer, running, sent } = controlled({
      exclusive: true,
      isOpen: false,
      lanes: 4,
      timeout: 400,
    })
    const first = ask(coalescer, 'a', 'first')
    await pass(200)
    const others = [ask(coalescer, 'a', 'second'), ask(coalescer, 'a', 'third')]
    await pass(220)
    expect([first, ...others].map(({ heard }) => heard)).toEqual([['late'], [], []])
    expect(sent()).toEqual([])
    coalescer.open()
    await turn()
    expect(sent()).toEqual([['second']])
    running[0]?.finish()
    await turn()
    expect(sent()).toEqual([['second'], ['third']])
    running[1]?.finish()
    await turn()
    expect(others.map(({ heard }) => heard)).toEqual([['second!'], ['third!']])
  })

  it('gives its calls up in time, and does not send them when it is opened', async () => {
    const { coalescer, sent } = controlled({ exclusive: true, isOpen: false, timeout: 400 })
    const calls = ['first', 'second', 'third'].map((call) => ask(coalescer, 'a', call))
    await pass(400)
    expect(calls.map(({ heard }) => heard)).toEqual([['late'], ['late'], ['late']])
    coalescer.open()
    await turn()
    expect(sent()).toEqual([])
    expect(coalescer.idle).toBe(true)
  })
})
