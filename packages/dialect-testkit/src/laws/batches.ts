import assert from 'node:assert/strict'
import type { Concern } from '../kit/concern.js'
import { parsed, sizesWithin } from '../scene/batches.js'
import { contentsOfEach, numbered } from '../scene/each.js'
import { plainRows } from '../scene/rows.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'

/**
 * As many calls at once as a statement takes, one more, one less, and several statements full, over
 * one lane and over many.
 */
async function joinedCallsArrive(scene: Scene, limit: number): Promise<void> {
  const later = scene.clock.now() + hour
  for (const batch of [{ lanes: 1, size: limit }, { lanes: 4, size: limit }, true]) {
    const store = scene.store({ batch })
    for (const count of [limit - 1, limit, limit + 1, 2 * limit + 1].filter((each) => each > 0)) {
      const sids = numbered(count, 'sid ')
      await Promise.all(
        sids.map((sid, index) => store.set(sid, sessionUntil(later, { index, count }))),
      )
      assert.deepEqual(
        await contentsOfEach(store, sids),
        sids.map((_, index) => ({ index, count })),
      )
      await Promise.all(sids.map((sid, index) => store.touch(sid, sessionUntil(later + index))))
      const expiries = new Map((await scene.rows()).map((row) => [row.sid, row.expired - later]))
      assert.deepEqual(
        sids.map((sid) => expiries.get(sid)),
        sids.map((_, index) => index),
      )
      assert.deepEqual(
        await Promise.all(sids.map((sid) => store.destroy(sid))),
        sids.map(() => 1),
      )
      assert.equal(await store.length(), 0)
    }
  }
}

/** Batches, up to the limits that the adapter gives, and past them through the store. */
export const batches: Concern = {
  title: 'batches',
  onDatabase: {
    async 'of any size insert every row, then replace every row'(scene) {
      await scene.createTable()
      for (const size of sizesWithin(scene.adapter.limits.rows)) {
        for (const rows of [
          plainRows(size, scene.at(0), 'one'),
          plainRows(size, scene.at(hour), 'one'),
          plainRows(size, scene.at(0), 'two'),
        ]) {
          await scene.run(scene.adapter.upsert(scene.table, rows))
          const sids = new Set(rows.map((row) => row.sid))
          assert.deepEqual(
            parsed((await scene.rows()).filter((row) => sids.has(row.sid))),
            parsed(rows),
            `${String(size)} rows`,
          )
        }
      }
      assert.equal((await scene.rows()).length, 2 * scene.adapter.limits.rows)
    },

    async 'insert some rows and replace others in one statement'(scene) {
      await scene.createTable()
      const before = plainRows(20, scene.at(0))
      const after = plainRows(30, scene.at(hour))
      await scene.write(before.filter((_, index) => index % 2 === 0))
      await scene.write(after.slice(5))
      assert.deepEqual(
        parsed(await scene.rows()),
        parsed([...before.slice(0, 5).filter((_, index) => index % 2 === 0), ...after.slice(5)]),
      )
    },

    async 'of short and of very long sessions keep each in its row'(scene) {
      await scene.createTable()
      const lengths = [0, 5_000, 1, 40_000, 0, 300_000, 2]
      const rows = plainRows(lengths.length, scene.at(0)).map((row, index) => ({
        ...row,
        sess: JSON.stringify({ text: 'é'.repeat(lengths[index] ?? 0) }),
      }))
      for (const order of [
        rows,
        [...rows].map((row, index) => ({ ...row, sess: rows.at(-1 - index)?.sess ?? '' })),
      ]) {
        await scene.write(order)
        assert.deepEqual(parsed(await scene.rows()), parsed(order))
      }
    },

    async 'of long sessions are stored, many at once'(scene) {
      const store = scene.store()
      const later = scene.clock.now() + hour
      const text = 'x'.repeat(300_000)
      const sids = numbered(64, 'sid ')
      await Promise.all(
        sids.map((sid, index) => store.set(sid, sessionUntil(later, { text, index }))),
      )
      assert.deepEqual(
        (await Promise.all(sids.map((sid) => store.get(sid)))).map(
          (session) => contentsOf(session)?.['index'],
        ),
        [...sids.keys()],
      )
    },

    async 'that fail change no row'(scene) {
      await scene.createTable()
      const before = plainRows(5, scene.at(0))
      await scene.write(before)
      const wrong = plainRows(8, scene.at(hour)).map((row, index) =>
        index === 6 ? { ...row, sess: null as unknown as string } : row,
      )
      await assert.rejects(async () => scene.run(scene.adapter.upsert(scene.table, wrong)))
      assert.deepEqual(parsed(await scene.rows()), parsed(before))
    },

    'that calls are joined into carry every call, at the limit for rows and one beside it'(scene) {
      return joinedCallsArrive(scene, Math.min(scene.adapter.limits.rows, 256))
    },
  },
}

/** The adapter's own way to read, where it has one. */
export const readBatches: Concern = {
  title: 'batches read in the adapter’s own way',
  appliesTo: ({ adapter }) => adapter.queries?.read !== undefined,
  onDatabase: {
    async 'find every live row, and none that has expired or is missing'(scene) {
      const { limits, json } = scene.adapter
      const read = scene.adapter.queries?.read ?? assert.fail()
      await scene.createTable()
      const rows = plainRows(limits.sids, scene.at(0))
      await scene.write(
        rows
          .map((row, index) => (index % 3 === 1 ? { ...row, expired: scene.at(0) } : row))
          .filter((_, index) => index % 3 < 2),
      )
      for (const size of sizesWithin(limits.sids)) {
        const asked = rows.slice(0, size)
        const result = await scene.run(
          read.statement(
            scene.table,
            asked.map((row) => row.sid),
            scene.at(0),
          ),
        )
        const found = new Map(
          read
            .answer(result)
            .map((row) => [row['sid'], JSON.parse(json.decode(row['sess'])) as unknown]),
        )
        const expected = asked.filter((_, index) => index % 3 === 0)
        assert.deepEqual(
          asked.map((row) => found.has(row.sid)),
          asked.map((row) => expected.includes(row)),
          `${String(size)} ids`,
        )
      }
    },
  },
}

/** Deletes of several sessions at once. */
export const destroyBatches: Concern = {
  title: 'batches of sessions to destroy',
  onDatabase: {
    async 'report which sessions were there'(scene) {
      const most = Math.min(scene.adapter.limits.sids, 128)
      for (const batch of [true, { lanes: 1, size: most }, false]) {
        const store = scene.store({ batch })
        for (const size of sizesWithin(most)) {
          const sids = numbered(size, 'sid ')
          const isThere = (index: number) => index % 3 !== 1
          await Promise.all(
            ['kept', ...sids.filter((_, index) => isThere(index))].map((sid) =>
              store.set(sid, sessionUntil(scene.at(hour))),
            ),
          )
          const asked = [...sids, ...sids]
          const removed = await Promise.all(asked.map((sid) => store.destroy(sid)))
          assert.deepEqual(
            removed,
            asked.map((_, index) => (index < size && isThere(index) ? 1 : 0)),
            `${String(size)} ids`,
          )
          assert.deepEqual(
            (await scene.rows()).map((row) => row.sid),
            ['kept'],
          )
        }
      }
    },
  },
}

/** The adapter's own way to destroy, where it has one. */
export const ownDestroyBatches: Concern = {
  title: 'batches destroyed in the adapter’s own way',
  appliesTo: ({ adapter }) => adapter.queries?.destroy !== undefined,
  onDatabase: {
    async 'delete the rows of those ids, expired or not, and no other, and say which or how many'(
      scene,
    ) {
      const { limits, queries = {} } = scene.adapter
      const { destroy, exists } = queries
      await scene.createTable()
      const rows = plainRows(limits.sids, scene.at(0))
      for (const size of sizesWithin(limits.sids)) {
        const stored = rows
          .map((row, index) => (index % 5 === 2 ? { ...row, expired: scene.at(-hour) } : row))
          .filter((_, index) => index % 3 !== 1)
        await scene.write(stored)
        const sids = rows.slice(0, size).map((row) => row.sid)
        const there = stored.map((row) => row.sid).filter((sid) => sids.includes(sid))
        if (exists) {
          const found = exists.answer(await scene.run(exists.statement(scene.table, sids)))
          assert.deepEqual([...found].sort(), there, `${String(size)} ids looked for`)
        }
        const removed =
          destroy?.answer(await scene.run(destroy.statement(scene.table, sids))) ?? assert.fail()
        if (typeof removed === 'number') assert.equal(removed, there.length, `${String(size)} ids`)
        else assert.deepEqual([...removed].sort(), there, `${String(size)} ids`)
        assert.deepEqual(
          (await scene.rows()).map((row) => row.sid),
          stored.map((row) => row.sid).filter((sid) => !sids.includes(sid)),
        )
      }
    },
  },
}
