import assert from 'node:assert/strict'
import type { Concern } from '../concern.js'
import { plainRows } from '../rows.js'
import { contentsOf, hour, minute, sessionUntil } from '../sessions.js'

/** Pruning. */
export const prune: Concern = {
  title: 'prune',
  onDatabase: {
    async 'removes what has expired and nothing else, and counts it'(scene) {
      const store = scene.store()
      const now = scene.clock.now()
      const { timestampGranularityMs: step } = scene.capabilities
      const lives = [-hour, -step, 0, step, hour]
      await Promise.all(lives.map((life) => store.set(String(life), sessionUntil(now + life))))
      assert.equal(await store.prune(), 3)
      assert.deepEqual(
        (await scene.rows()).map((row) => row.expired - now),
        [step, hour],
      )
      assert.equal(await store.prune(), 0)
    },

    async 'spares a session that was touched or set before its time came'(scene) {
      const store = scene.store()
      for (const sid of ['touched', 'set', 'left']) await store.set(sid, sessionUntil(scene.clock.now() + minute))
      await store.touch('touched', sessionUntil(scene.clock.now() + hour))
      await store.set('set', sessionUntil(scene.clock.now() + hour))
      scene.clock.advance(minute)
      assert.equal(await store.prune(), 1)
      assert.deepEqual(
        (await scene.rows()).map((row) => row.sid),
        ['set', 'touched'],
      )
    },

    async 'removes more rows than one statement takes'(scene) {
      const count = 2 * scene.adapter.limits.sids + 1
      await scene.createTable()
      await scene.write(plainRows(count, scene.at(0)))
      await scene.write(plainRows(10, scene.at(48 * hour), 'live'))
      scene.clock.advance(24 * hour)
      assert.equal(await scene.store().prune(), count)
      assert.equal((await scene.rows()).length, 10)
    },

    async 'never takes a session that another store renews meanwhile'(scene) {
      const [pruning, renewing] = scene.stores(2)
      assert.ok(renewing)
      const sids = Array.from({ length: 200 }, (_, index) => `sid ${String(index)}`)
      await Promise.all(sids.map((sid) => renewing.set(sid, sessionUntil(scene.clock.now()))))
      const renewals = sids.map((sid) => renewing.set(sid, sessionUntil(scene.clock.now() + hour, { sid })))
      await Promise.all([pruning.prune(), ...renewals, pruning.prune()])
      assert.deepEqual(
        (await Promise.all(sids.map((sid) => pruning.get(sid)))).map(contentsOf),
        sids.map((sid) => ({ sid })),
      )
    },

    async 'may be run by several stores at once'(scene) {
      const stores = scene.stores(3)
      await scene.createTable()
      const count = Math.min(600, scene.adapter.limits.sids + 100)
      await scene.write(plainRows(count, scene.at(0)))
      scene.clock.advance(24 * hour)
      const removed = await Promise.all(stores.map((store) => store.prune()))
      await stores[0].prune()
      assert.ok(removed.reduce((sum, each) => sum + each, 0) <= count)
      assert.deepEqual(await scene.rows(), [])
    },
  },
}
