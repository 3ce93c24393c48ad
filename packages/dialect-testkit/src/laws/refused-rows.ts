import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import type { Concern } from '../kit/concern.js'
import { contentsOfEach } from '../scene/each.js'
import { settled, type Outcome } from '../scene/outcomes.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'

const modes = [true, { lanes: 1, size: 10 }, { lanes: 2 }, false] as const

/** A table that refuses ids over 20 characters and sessions over 400. */
async function narrowTable(scene: Scene): Promise<void> {
  await scene.createLegacyTable(scene.table, { sid: 20, sess: 400 })
}

const refusedSid = 'x'.repeat(21)
const refusedText = 'x'.repeat(401)

/** The codes of what failed; a database that names the column may say that it is the id. */
function codes(outcomes: readonly Outcome<unknown>[]): readonly unknown[] {
  return outcomes
    .map(({ error }) => (error as { code?: unknown } | undefined)?.code)
    .map((code) => (code === 'ERR_INVALID_SID' ? 'ERR_DATABASE' : code))
}

async function neighboursArrive(store: KnexSessionStore, later: number): Promise<void> {
  const sids = Array.from({ length: 40 }, (_, index) =>
    index % 13 === 5 ? `${refusedSid}${String(index)}` : `sid ${String(index)}`,
  )
  const isRefused = (index: number) => index % 13 === 5 || index % 17 === 3
  const outcomes = await settled(
    sids.map((sid, index) =>
      store.set(
        sid,
        sessionUntil(later, { index, ...(index % 17 === 3 ? { text: refusedText } : {}) }),
      ),
    ),
  )
  assert.deepEqual(
    codes(outcomes),
    sids.map((_, index) => (isRefused(index) ? 'ERR_DATABASE' : undefined)),
  )
  assert.deepEqual(
    await contentsOfEach(store, sids),
    sids.map((_, index) => (isRefused(index) ? null : { index })),
  )
  await Promise.all(sids.map((sid) => store.touch(sid, sessionUntil(later + 1_000))))
  const removed = await Promise.all(sids.map((sid) => store.destroy(sid)))
  assert.deepEqual(
    removed,
    sids.map((_, index) => (isRefused(index) ? 0 : 1)),
  )
}

/** Rows that the database refuses: they fail by themselves. */
export const refusedRows: Concern = {
  title: 'a row that the database refuses',
  onDatabase: {
    async 'fails at once and by itself: those that share a statement with it arrive'(scene) {
      await narrowTable(scene)
      for (const batch of modes)
        await neighboursArrive(scene.store({ batch }), scene.clock.now() + hour)
    },

    async 'takes no call for another session along, and none that comes later for the same one'(
      scene,
    ) {
      await narrowTable(scene)
      const later = scene.clock.now() + hour
      const good = (turn: number) => sessionUntil(later, { turn })
      const bad = sessionUntil(later, { text: refusedText })
      for (const batch of modes) {
        const store = scene.store({ batch })
        const ends = await settled<unknown>([
          store.set('a', good(1)),
          store.set('a', bad),
          store.set('b', good(1)),
          store.set('c', bad),
        ])
        // Sets of one session that wait together share their fate.
        const [first, ...others] = codes(ends)
        assert.deepEqual(others, ['ERR_DATABASE', undefined, 'ERR_DATABASE'])
        assert.deepEqual(contentsOf(await store.get('a')), first === undefined ? { turn: 1 } : null)
        const middle = await settled<unknown>([
          store.set('a', bad),
          store.set('a', good(2)),
          store.set('b', bad),
          store.touch('b', good(0)),
        ])
        assert.deepEqual(codes(middle).slice(1, 3), [undefined, 'ERR_DATABASE'])
        assert.deepEqual(await contentsOfEach(store, ['a', 'b']), [{ turn: 2 }, { turn: 1 }])
        const further = await Promise.all([
          store.destroy('a'),
          store.set('b', good(3)),
          store.destroy('c'),
        ])
        assert.deepEqual(further, [1, undefined, 0])
        assert.deepEqual(await contentsOfEach(store, ['a', 'b']), [null, { turn: 3 }])
        await store.clear()
      }
    },

    async 'leaves the calls that come while it is tried again in their order'(scene) {
      await narrowTable(scene)
      const later = scene.clock.now() + hour
      const store = scene.store({ batch: { lanes: 2, size: 4 } })
      const bad = sessionUntil(later, { text: refusedText })
      for (let round = 0; round < 20; round++) {
        const calls: Promise<unknown>[] = []
        for (let turn = 0; turn < 12; turn++) {
          const sid = `sid ${String(turn % 5)}`
          calls.push(store.set(sid, turn % 4 === 1 ? bad : sessionUntil(later, { round, turn })))
          if (turn % 3 === 0) await Promise.resolve()
        }
        calls.push(
          ...[0, 1, 2, 3, 4].map((each) =>
            store.set(`sid ${String(each)}`, sessionUntil(later, { round })),
          ),
        )
        const ends = await settled(calls)
        assert.deepEqual(codes(ends.slice(-5)), [
          undefined,
          undefined,
          undefined,
          undefined,
          undefined,
        ])
        assert.deepEqual((await store.all()).map(contentsOf), [
          { round },
          { round },
          { round },
          { round },
          { round },
        ])
      }
    },
  },
}
