import assert from 'node:assert/strict'
import type { SessionRow } from '@knex-session/core/dialect'
import type { Concern } from '../kit/concern.js'
import { contentsOfEach, numbered } from '../scene/each.js'
import { plainRows } from '../scene/rows.js'
import { hour, minute, sessionUntil } from '../scene/sessions.js'

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
      for (const sid of ['touched', 'set', 'left'])
        await store.set(sid, sessionUntil(scene.clock.now() + minute))
      await store.touch('touched', scene.session())
      await store.set('set', scene.session())
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

    async 'removes every row of those that end at the same time, or so near that a column may not tell'(
      scene,
    ) {
      const count = 1_100
      await scene.createTable()
      const ends = [0, 1, 499, 500, 999].map((ms) => scene.at(minute + ms))
      await scene.write(
        plainRows(count, scene.at(0)).map((row, index) => ({
          ...row,
          expired: ends[index % 5] ?? row.expired,
        })),
      )
      scene.clock.advance(hour)
      assert.equal(await scene.store().prune(), count)
      assert.deepEqual(await scene.rows(), [])
    },

    async 'never takes a session that another store renews meanwhile'(scene) {
      const [pruning, renewing] = scene.stores(2)
      assert.ok(renewing)
      const sids = numbered(200, 'sid ')
      await Promise.all(sids.map((sid) => renewing.set(sid, sessionUntil(scene.clock.now()))))
      const renewals = sids.map((sid) => renewing.set(sid, scene.session({ sid })))
      await Promise.all([pruning.prune(), ...renewals, pruning.prune()])
      assert.deepEqual(
        await contentsOfEach(pruning, sids),
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

/** The adapter's own way to prune, where it has one. */
export const pruneStatements: Concern = {
  title: 'expired rows pruned in the adapter’s own way',
  appliesTo: ({ adapter }) => adapter.queries?.prune !== undefined,
  onDatabase: {
    async 'are those that expired first, as many as asked for, and no live one'(scene) {
      const { adapter } = scene
      const run = async (limit: number, from?: number) => {
        const range = from === undefined ? { limit } : { limit, from: scene.at(from) }
        const statement =
          adapter.queries?.prune?.statement(scene.table, scene.at(0), range) ?? assert.fail()
        const outcome = adapter.queries?.prune?.answer(await scene.run(statement)) ?? assert.fail()
        const { until } = outcome
        return {
          removed: outcome.removed,
          until: until === undefined ? undefined : until - scene.at(0),
        }
      }
      const left = async () =>
        (await scene.rows()).map((row) => row.expired - scene.at(0)).sort((a, b) => a - b)
      await scene.createTable()
      const ages = [hour, 0, -minute, -2 * minute, -3 * minute]
      await scene.write(
        ages.map(
          (age, index) =>
            ({
              ...plainRows(1, scene.at(age), String(index))[0],
              expired: scene.at(age),
            }) as SessionRow,
        ),
      )

      const first = await run(2)
      assert.equal(first.removed, 2)
      assert.ok(
        first.until === undefined || first.until === -2 * minute,
        'the latest expiry of what was deleted',
      )
      assert.deepEqual(await left(), [-minute, 0, hour])
      assert.equal((await run(2, -2 * minute)).removed, 2)
      assert.deepEqual(await left(), [hour])
      assert.deepEqual(await run(2), { removed: 0, until: undefined })
      assert.deepEqual(await left(), [hour])
    },
  },
}

/** The adapter's own deletes of a prune that finds rows first, where it has one. */
export const destroyExpiredStatements: Concern = {
  title: 'expired rows deleted in the adapter’s own way',
  appliesTo: ({ adapter }) => adapter.queries?.destroyExpired !== undefined,
  onDatabase: {
    async 'are those of the ids asked for that have expired, counted'(scene) {
      const destroyExpired = scene.adapter.queries?.destroyExpired
      if (!destroyExpired) assert.fail()
      const rows = [-minute, 0, minute, -minute].map((age, index) => ({
        ...(plainRows(1, scene.at(age), String(index))[0] as SessionRow),
        expired: scene.at(age),
      }))
      const sids = rows.map((row) => row.sid)
      await scene.createTable()
      await scene.write(rows)
      const remove = async (asked: readonly string[]) =>
        destroyExpired.answer(
          await scene.run(destroyExpired.statement(scene.table, asked, scene.at(0))),
        )
      assert.equal(await remove(sids.slice(0, 3)), 2)
      assert.deepEqual((await scene.rows()).map((row) => row.sid).sort(), sids.slice(2).sort())
      assert.equal(await remove(sids), 1)
      assert.equal(await remove(sids), 0)
    },
  },
}
