import { Pruner } from '../src/table/prune/prune.js'
import { controlled, ask, setbacks } from './controlled-coalescer.js'
import { driverError, FakeDatabase } from './fake-database.js'
import { turn } from './standing-clock.js'

/** The timers that keep this process alive, be it until they fire. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
}

/** So many of each that a timer of somebody else's changes nothing. */
const many = 100

describe('a process is kept alive by no timer', () => {
  it('for a call that waits for its turn or for an answer', async () => {
    const before = timers()
    for (let each = 0; each < many; each++) {
      const { coalescer } = controlled({ timeout: 10_000 })
      for (const call of ['a', 'b']) ask(coalescer, call, call)
    }
    await turn()
    expect(timers() - before).toBeLessThan(many / 2)
  })

  it('for the next prune', () => {
    const before = timers()
    const pruners = Array.from(
      { length: many },
      () =>
        new Pruner(
          () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
          () => false,
        ),
    )
    for (const pruner of pruners) pruner.start(1_000, () => undefined)
    expect(timers() - before).toBeLessThan(many / 2)
    for (const pruner of pruners) void pruner.stop()
  })

  it('for a statement that is under way', async () => {
    const database = new FakeDatabase({ connections: many })
    // The pool has a timer of its own from its first connection on.
    await database.knex.raw('first')
    database.answer = () => new Promise(() => undefined)
    const runners = Array.from({ length: many }, () => database.runner())
    const before = timers()
    for (const each of runners) {
      // They end by their time, when this test is over.
      each
        .statement(
          { sql: 'upsert', bindings: [] },
          { work: 'writing sessions', deadline: performance.now() + 10_000 },
        )
        .catch(() => undefined)
    }
    while (database.texts.length <= many) await turn()
    expect(timers() - before).toBeLessThan(many / 2)
  })

  it('for a prune of the timer that waits for a database that is away', async () => {
    // None waits for a connection, which takes a timer of the pool's.
    const database = new FakeDatabase({ connections: many })
    let isAway = false
    let failed = 0
    database.answer = () => {
      if (!isAway) return []
      failed++
      throw driverError('connection')
    }
    const onOutage = () => undefined
    const stores = Array.from({ length: many }, () =>
      database.store({ cleanupInterval: 1, onOutage }),
    )
    await Promise.all(stores.map(({ ready }) => ready))
    isAway = true
    let fewest = Infinity
    for (let looks = 0; failed < 2 * many || looks < 20; looks++) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (failed >= 2 * many) fewest = Math.min(fewest, timers())
    }
    isAway = false
    await Promise.all(stores.map((store) => store.close()))
    expect(fewest).toBeLessThan(many / 2)
  })

  it('for a store that is closed', async () => {
    const database = new FakeDatabase()
    await database.knex.raw('first')
    const before = timers()
    for (let each = 0; each < many; each++) await database.store().close()
    expect(timers() - before).toBeLessThan(many / 2)
  })
})

describe('a process is kept alive', () => {
  it('for a call that a lock blocks, so that what follows it is sent', async () => {
    const before = timers()
    const gate = { isOpen: false }
    const all = Array.from({ length: many }, () =>
      controlled({
        exclusive: true,
        stillBlocked: (calls) => Promise.resolve(new Set(gate.isOpen ? [] : calls.keys())),
      }),
    )
    for (const { coalescer } of all) ask(coalescer, 'a', 'call')
    await turn()
    for (const { running } of all)
      running[0]?.finish({ results: [''], setbacks: setbacks('blocked', 'locked', 0) })
    await turn()
    expect(timers() - before).toBeGreaterThan(many / 2)
    gate.isOpen = true
    while (all.some(({ running }) => running.length < 2)) await turn()
    for (const { running } of all) running[1]?.finish()
  })
})
