import type { DialectQueries } from '../src/dialect/index.js'
import { deferred } from './deferred.js'
import { fakeAdapter, FakeDatabase } from './fake-database.js'
import { pass, useStandingClock } from './standing-clock.js'

/** A database with ever more expired rows. */
const prune: NonNullable<DialectQueries['prune']> = {
  statement: (_table, _now, { limit }) => ({ sql: 'prune ?', bindings: [limit] }),
  answer: (result) => ({ removed: Number(result) }),
}

const dialect = fakeAdapter({ queries: { prune } })

/** A store whose prune goes on for so many steps. */
async function pruning(steps: number) {
  const database = new FakeDatabase()
  const limits: number[] = []
  const blocked = deferred()
  database.answer = ({ text, bindings: [limit] }) => {
    if (text.startsWith('upsert')) return blocked.promise
    if (text.startsWith('select')) return []
    if (!text.startsWith('prune')) return undefined
    if (limits.length === steps) return 0
    limits.push(Number(limit))
    return Number(limit)
  }
  const store = database.store({ dialect, timeout: 0 })
  await store.ready
  return { blocked, limits, store }
}

const session = { cookie: { originalMaxAge: 60_000 } } as never

useStandingClock()

describe('a prune of a store', () => {
  it('goes on at once where nobody calls', async () => {
    const { limits, store } = await pruning(5)
    void store.prune()
    await pass(20)
    expect(limits).toEqual([50, 50, 50, 50, 50])
  })

  it('takes small steps as long as a call is under way', async () => {
    const { blocked, limits, store } = await pruning(100)
    const written = store.set('a', session)
    void store.prune()
    await pass(400)
    expect(new Set(limits.slice(1))).toEqual(new Set([20]))
    expect(limits.length).toBeGreaterThan(5)
    expect(limits.length).toBeLessThanOrEqual(11)
    blocked.resolve(undefined)
    await written
    await pass(40)
    expect(limits.at(-1)).toBe(50)
  })

  it('takes a small step after each call that came meanwhile, also where it has ended', async () => {
    const { limits, store } = await pruning(100)
    void store.prune()
    await pass(1)
    expect(limits.at(-1)).toBe(50)
    await store.get('a')
    await pass(150)
    expect(limits).toContain(20)
  })
})
