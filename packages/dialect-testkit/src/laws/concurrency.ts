import assert from 'node:assert/strict'
import type { Concern } from '../kit/concern.js'
import { settled } from '../scene/outcomes.js'
import { plainRows } from '../scene/rows.js'
import { contentsOf, expiryIn, hour, sessionUntil } from '../scene/sessions.js'

/**
 * The numbers from 0 to `count` - 1, in an order that depends on the turn: forwards, backwards, or
 * from the middle.
 */
function numbers(count: number, turn = 0): readonly number[] {
  const inOrder = Array.from({ length: count }, (_, index) => index)
  if (turn % 3 === 1) return inOrder.reverse()
  return turn % 3 === 2 ? [...inOrder.slice(count / 2), ...inOrder.slice(0, count / 2)] : inOrder
}

/** Several stores, on connections of their own, that work on the same sessions at the same time. */
export const concurrency: Concern = {
  title: 'several stores at once',
  onDatabase: {
    async 'may all make the first write of one session, and one of them stays'(scene) {
      const stores = scene.stores(8)
      await scene.createTable()
      for (const round of numbers(10)) {
        const sid = `sid ${String(round)}`
        const later = scene.clock.now() + hour
        await Promise.all(
          stores.map((store, by) => store.set(sid, sessionUntil(later + by, { by }))),
        )
        const session = await stores[0].get(sid)
        assert.equal(
          expiryIn(session) - later,
          contentsOf(session)?.['by'],
          'a mixture of two writes',
        )
      }
      assert.equal((await scene.rows()).length, 10)
    },

    async 'may write one session over and over'(scene) {
      const stores = scene.stores(4)
      const last = 30
      await Promise.all(
        stores.map(async (store, by) => {
          for (const turn of numbers(last)) await store.set('sid', scene.session({ by, turn }))
        }),
      )
      assert.equal(contentsOf(await stores[0].get('sid'))?.['turn'], last - 1)
    },

    async 'may write the same sessions in different orders, and all are there'(scene) {
      const stores = scene.stores(4, { batch: { lanes: 2, size: 40 } })
      const later = scene.clock.now() + hour
      for (const turn of numbers(3)) {
        await Promise.all(
          stores.flatMap((store, by) =>
            numbers(150, by + turn).map((sid) =>
              store.set(String(sid), sessionUntil(later + by, { by })),
            ),
          ),
        )
      }
      const rows = await scene.rows()
      assert.equal(rows.length, 150)
      for (const row of rows)
        assert.deepEqual(
          (JSON.parse(row.sess) as { by: unknown }).by,
          row.expired - later,
          'a mixture of two writes',
        )
    },

    async 'may set, touch, read and destroy the same sessions without an error'(scene) {
      const stores = scene.stores(4, { batch: { lanes: 2, size: 25 } })
      const session = scene.session()
      const calls = stores.flatMap((store, by) =>
        [0, 1, 2].flatMap((turn) =>
          numbers(60, by + turn).map((number): Promise<unknown> => {
            const sid = String(number)
            switch ((number + by + turn) % 4) {
              case 0:
                return store.destroy(sid)
              case 1:
                return store.touch(sid, session)
              case 2:
                return store.get(sid)
              default:
                return store.set(sid, session)
            }
          }),
        ),
      )
      await Promise.all(calls)
      await Promise.all(numbers(60).map((sid) => stores[0].set(String(sid), session)))
      assert.equal((await scene.rows()).length, 60)
    },

    async 'may destroy and touch the same sessions, as often as they are set, and wait for each other only'(
      scene,
    ) {
      const stores = scene.stores(2)
      const later = scene.clock.now() + hour
      const sids = numbers(64).map(String)
      let removed = 0
      for (const turn of numbers(10)) {
        await Promise.all(sids.map((sid) => stores[0].set(sid, sessionUntil(later, { turn }))))
        const calls = stores.flatMap((store, by) =>
          numbers(64, by + turn).flatMap((number) => {
            const destroyed = store.destroy(String(number)).then((count) => (removed += count))
            return [store.touch(String((number * 7) % 64), sessionUntil(later + by)), destroyed]
          }),
        )
        await Promise.all(calls)
        assert.deepEqual(await scene.rows(), [])
      }
      assert.equal(removed, 10 * 64, 'the numbers of removed rows do not add up')
    },

    async 'count every session they destroy once'(scene) {
      const stores = scene.stores(4, { batch: false })
      await stores[0].set('sid', scene.session())
      const removed = await Promise.all(stores.map((store) => store.destroy('sid')))
      assert.deepEqual([...removed].sort(), [0, 0, 0, 1])
    },

    async 'never bring back a destroyed session by touching it'(scene) {
      const [store, ...others] = scene.stores(3)
      const session = scene.session()
      for (const round of numbers(10)) {
        const sid = String(round)
        await store.set(sid, session)
        const touches = others.flatMap((other) => [
          other.touch(sid, session),
          other.touch(sid, session),
        ])
        await Promise.all([
          ...touches,
          store.destroy(sid),
          ...others.map((other) => other.touch(sid, session)),
        ])
      }
      assert.deepEqual(await scene.rows(), [])
    },

    async 'lose no race that the adapter does not know'(scene) {
      await scene.createTable()
      const connections =
        scene.capabilities.knexInstances > 1 ? [scene.open(), scene.open()] : [scene.knex]
      for (const round of numbers(5)) {
        const rows = plainRows(20, scene.at(round))
        const sent = numbers(16).map((index) =>
          scene.run(
            scene.adapter.upsert(scene.table, rows),
            connections[index % connections.length],
          ),
        )
        const outcomes = await settled(sent)
        for (const { error } of outcomes) {
          if (error !== undefined)
            assert.match(scene.adapter.classify(error), /^(?:retryable|locked|duplicate)$/)
        }
        assert.ok(outcomes.some(({ error }) => error === undefined))
        assert.deepEqual(
          (await scene.rows()).map((row) => row.expired),
          rows.map((row) => row.expired),
        )
      }
    },
  },
}
