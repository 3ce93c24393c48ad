import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Concern } from '../kit/concern.js'
import type { Scene } from '../scene/scene.js'
import { hour, minute, sessionUntil } from '../scene/sessions.js'

/** Touches that need no write. */
export const touchInterval: Concern = {
  title: 'touches that need no write',
  onDatabase: {
    async 'are those that move what was loaded by less than a twentieth of its life, and less than a minute'(
      scene,
    ) {
      const store = scene.store()
      for (const [life, interval] of [
        [10 * minute, minute / 2],
        [hour, minute],
      ] as const) {
        const start = scene.clock.now()
        await store.set('sid', sessionUntil(start + life))
        for (const [passed, ends] of [
          [interval / 2, 0],
          [interval - 1, 0],
          [interval, interval],
          [1.5 * interval, interval],
          [2 * interval, 2 * interval],
        ] as const) {
          scene.clock.advance(start + passed - scene.clock.now())
          await touchLoaded(store, start + passed + life)
          assert.equal((await expiryOf(scene)) - start - life, ends)
        }
      }
    },

    async 'never end a session earlier than its last touch says, by more than the interval'(scene) {
      const [one, other] = scene.stores(2, { touchInterval: 5 * minute })
      assert.ok(other)
      const start = scene.clock.now()
      await one.set('sid', sessionUntil(start + 30 * minute))
      // Process by process, and once with a much shorter life in between.
      for (const [store, minutes] of [
        [one, 33],
        [other, 36],
        [one, 40],
        [other, 2],
        [one, 41],
        [other, 45],
        [one, 46],
      ] as const) {
        const promised = start + minutes * minute
        await touchLoaded(store, promised)
        const early = promised - (await expiryOf(scene))
        assert.ok(early >= 0 && early < 5 * minute, `${String(early)} ms early`)
      }
    },

    async 'are none where a call before it, not answered yet, ends the session sooner'(scene) {
      const store = scene.store({ touchInterval: 5 * minute })
      const now = scene.clock.now()
      for (const shorten of ['set', 'touch'] as const) {
        await store.set('sid', sessionUntil(now + 30 * minute))
        const loaded = await loadedBy(store)
        await Promise.all([
          store[shorten]('sid', sessionUntil(now + minute)),
          store.touch('sid', endingAt(loaded, now + 31 * minute)),
        ])
        assert.equal(((await expiryOf(scene)) - now) / minute, 31)
      }
    },

    async 'are none with a `touchInterval` of 0, and all with one of Infinity'(scene) {
      const now = scene.clock.now()
      for (const [interval, ends] of [
        [0, 1],
        [Infinity, 0],
      ] as const) {
        const store = scene.store({ touchInterval: interval })
        await store.set('sid', sessionUntil(now + hour))
        await touchLoaded(store, now + hour + 1)
        assert.equal((await expiryOf(scene)) - now - hour, ends)
      }
    },
  },
}

async function loadedBy(store: KnexSessionStore): Promise<SessionData> {
  return (await store.get('sid')) ?? assert.fail('the session is gone')
}

function endingAt(session: SessionData, expires: number): SessionData {
  Object.assign(session.cookie, { expires: new Date(expires) })
  return session
}

/** A request that changes nothing: it loads the session and touches it. */
async function touchLoaded(store: KnexSessionStore, expires: number): Promise<void> {
  await store.touch('sid', endingAt(await loadedBy(store), expires))
}

async function expiryOf(scene: Scene): Promise<number> {
  const [row, ...others] = await scene.rows()
  assert.deepEqual(others, [])
  return row?.expired ?? assert.fail('there is no row')
}
