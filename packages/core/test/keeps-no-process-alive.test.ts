import { Pruner } from '../src/pruner.js'
import { controlled, ask } from './controlled-coalescer.js'
import { FakeDatabase } from './fake-database.js'
import { turn } from './standing-clock.js'

/** The timers that keep this process alive, be it until they fire. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
}

describe('a process is kept alive by no timer', () => {
  it('for a call that waits for its turn or for an answer', async () => {
    const before = timers()
    const { coalescer, running } = controlled({ timeout: 10_000 })
    const calls = ['a', 'b'].map((call) => ask(coalescer, call, call))
    await turn()
    expect(timers()).toBeLessThanOrEqual(before)
    running[0]?.finish()
    await turn()
    expect(calls.map(({ heard }) => heard)).toEqual([['a!'], ['b!']])
    expect(timers()).toBeLessThanOrEqual(before)
  })

  it('for the next prune', () => {
    const before = timers()
    const pruner = new Pruner(() => ({ next: () => Promise.resolve({ done: true, value: undefined }) }))
    pruner.start(1_000, () => undefined)
    expect(timers()).toBeLessThanOrEqual(before)
    void pruner.stop()
  })

  it('for a statement that is under way', async () => {
    const database = new FakeDatabase()
    // The pool has a timer of its own from its first connection on.
    await database.knex.raw('first')
    database.answer = () => new Promise(() => undefined)
    const runner = database.runner()
    const before = timers()
    void runner.statement('writing sessions', { sql: 'upsert', bindings: [] }, performance.now() + 10_000)
    await turn()
    expect(database.texts).toEqual(['first', 'upsert'])
    expect(timers()).toBeLessThanOrEqual(before)
  })
})
