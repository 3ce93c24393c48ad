import { ask, controlled, setbacks, type Asked } from './controlled-coalescer.js'
import { push } from './push.js'
import { pass, turn, useStandingClock } from './standing-clock.js'

useStandingClock()

describe('a batch of a coalescer that fails', () => {
  it('rejects only the caller whose call failed', async () => {
    const { coalescer, running } = controlled()
    const calls = ['a', 'b'].map((key) => push(coalescer, key, key))
    await turn()
    running[0]?.finish({ results: ['', 'b!'], setbacks: setbacks('fail', 'bad a', 0) })
    await expect(calls[0]).rejects.toThrow('bad a')
    await expect(calls[1]).resolves.toBe('b!')
  })

  it('rejects every caller when the batch throws', async () => {
    const { coalescer } = controlled({ carry: () => Promise.reject(new Error('broken')) })
    await expect(push(coalescer, 'a', 'a')).rejects.toThrow('broken')
    expect(coalescer.idle).toBe(true)
  })

  it('lets the next call of its key leave when a call fails, by itself or with its batch', async () => {
    const { coalescer, running, sent } = controlled({ exclusive: true })
    const calls = ['first', 'second', 'third'].map((call) => ask(coalescer, 'a', call))
    await turn()
    running[0]?.finish({ results: [''], setbacks: setbacks('fail', 'bad', 0) })
    await turn()
    running[1]?.fail(new Error('broken'))
    await turn()
    running[2]?.finish()
    await turn()
    expect(sent()).toEqual([['first'], ['second'], ['third']])
    expect(calls.map(({ heard }) => heard)).toEqual([['bad'], ['broken'], ['third!']])
    expect(coalescer.idle).toBe(true)
  })

  it('sends a call in a batch of its own when it has to, and answers the others', async () => {
    const { coalescer, running, sent } = controlled({ exclusive: true })
    const calls = ['a', 'b'].map((key) => push(coalescer, key, key))
    await turn()
    calls.push(push(coalescer, 'a', 'after a'))
    running[0]?.finish({ results: ['', 'b!'], setbacks: setbacks('single', 'single', 0) })
    await expect(calls[1]).resolves.toBe('b!')
    await turn()
    expect(sent()).toEqual([['a', 'b'], ['a']])
    running[1]?.finish()
    await turn()
    running[2]?.finish()
    await expect(Promise.all(calls)).resolves.toEqual(['a!', 'b!', 'after a!'])
  })

  it('puts those who have more time before those that came later, in order', async () => {
    const { coalescer, running, sent } = controlled({ size: () => 3, timeout: 400 })
    ask(coalescer, 'busy', 'busy')
    await turn()
    const first = ask(coalescer, 'a', 'first')
    await pass(50)
    const others = [
      ask(coalescer, 'b', 'second'),
      ask(coalescer, 'c', 'third'),
      ask(coalescer, 'd', 'fourth'),
    ]
    running[0]?.finish()
    await turn()
    running[1]?.fail(new Error('out of time'), 'outOfTime')
    await turn()
    expect(first.heard).toEqual(['out of time'])
    expect(sent()).toEqual([['busy'], ['first', 'second', 'third'], ['second', 'third', 'fourth']])
    running[2]?.finish()
    await turn()
    expect(others.map(({ heard }) => heard)).toEqual([['second!'], ['third!'], ['fourth!']])
  })

  it('gives the error to those callers of a merged call whose time was up, and goes on without their part', async () => {
    const { coalescer, running, sent } = controlled({
      exclusive: true,
      timeout: 400,
      merge: (_, later) => later,
    })
    ask(coalescer, 'busy', 'busy')
    await turn()
    const first = ask(coalescer, 'a', 'first')
    await pass(50)
    const second = ask(coalescer, 'a', 'second')
    running[0]?.finish()
    await turn()
    running[1]?.fail(new Error('out of time'), 'outOfTime')
    await turn()
    expect([first.heard, second.heard]).toEqual([['out of time'], []])
    expect(sent()).toEqual([['busy'], ['second'], ['second']])
    running[2]?.finish()
    await turn()
    expect([first.heard, second.heard]).toEqual([['out of time'], ['second!']])
    expect(coalescer.idle).toBe(true)
  })

  it('runs the calls behind one that is sent again, and then later ones, in order', async () => {
    const { coalescer, running, sent } = controlled({
      exclusive: true,
      timeout: 400,
    })
    ask(coalescer, 'busy', 'busy')
    await turn()
    ask(coalescer, 'a', 'short of time')
    await pass(50)
    const calls = [ask(coalescer, 'b', 'first')]
    running[0]?.finish()
    await turn()
    calls.push(ask(coalescer, 'b', 'second'))
    running[1]?.fail(new Error('out of time'), 'outOfTime')
    await turn()
    calls.push(ask(coalescer, 'b', 'third'))
    for (let batch = 2; batch < 5; batch++) {
      running[batch]?.finish()
      await turn()
    }
    expect(sent().slice(2)).toEqual([['first'], ['second'], ['third']])
    expect(calls.map(({ heard }) => heard)).toEqual([['first!'], ['second!'], ['third!']])
  })

  it('keeps the calls of a key in separate batches, also when they are made by callers who hear that another of the batch has ended', async () => {
    const { coalescer, running, sent } = controlled({ exclusive: true, timeout: 400 })
    const more: Asked[] = []
    ask(coalescer, 'busy', 'busy')
    await turn()
    ask(coalescer, 'a', 'a1', () => more.push(ask(coalescer, 'b', 'b2'), ask(coalescer, 'a', 'a2')))
    await pass(50)
    const again = ask(coalescer, 'b', 'b1')
    running[0]?.finish()
    await turn()
    running[1]?.finish({ results: ['a1!', ''], setbacks: setbacks('outOfTime', 'out of time', 1) })
    for (let batch = 2; batch < 4; batch++) {
      await turn()
      running[batch]?.finish()
    }
    await turn()
    expect(sent()).toEqual([['busy'], ['a1', 'b1'], ['b1', 'a2'], ['b2']])
    expect([again, ...more].map(({ heard }) => heard)).toEqual([['b1!'], ['b2!'], ['a2!']])
    expect(coalescer.idle).toBe(true)
  })
})
