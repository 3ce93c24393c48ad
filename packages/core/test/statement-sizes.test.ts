import { fakeAdapter, FakeDatabase } from './fake-database.js'
import { destroy, set, storeWith } from './fake-store.js'
import { pass, useStandingClock } from './standing-clock.js'

describe('the most sessions of a statement', () => {
  useStandingClock()

  it('are other ones for those with rows and for those with ids only', async () => {
    const { sent, write } = storeWith({ limits: { rows: 2, sids: 4 } })
    for (const sid of ['a', 'b', 'c', 'd']) write(set(sid))
    await pass(10)
    expect(sent).toEqual(['upsert a b', 'upsert c d'])
    for (const sid of ['a', 'b', 'c', 'd']) write(destroy(sid))
    await pass(10)
    expect(sent.slice(2)).toEqual(['destroy a b c d'])
  })

  it('are those of a prune as well', async () => {
    const database = new FakeDatabase()
    const store = database.store({ dialect: fakeAdapter({ limits: { sids: 1 } }) })
    await store.ready
    database.answer = ({ text }) =>
      text.startsWith('select') ? ['a', 'b'].map((sid) => ({ sid, until: 0 })) : 1
    const pruned = store.prune()
    await pass(1_000)
    expect(await pruned).toBe(2)
    expect(database.texts.slice(1)).toEqual([
      expect.stringContaining('where sid in (a) and expired'),
      expect.stringContaining('where sid in (b) and expired'),
    ])
  })
})
