import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import type { Concern } from '../kit/concern.js'
import { addColumnsNamedBy } from '../scene/named-columns.js'
import { contentsOf } from '../scene/sessions.js'
import { sessionOf, userId } from '../scene/users.js'

async function handles(store: KnexSessionStore, user: string): Promise<readonly string[]> {
  return (await store.sessionsOf(user).list()).map(({ handle }) => handle).sort()
}

/** The columns that say whose a session is: how a table gets them, and who leaves them empty. */
export const userColumns: Concern = {
  title: 'the sessions of a user',
  onDatabase: {
    async 'are known as they are written, where processes without the option write as well'(scene) {
      const store = scene.store({ userId })
      await store.ready
      const old = scene.store()
      await old.set('a', sessionOf(scene, 'ann', { by: 'old' }))
      assert.deepEqual(await handles(store, 'ann'), [])
      const loaded = await store.get('a')
      assert.deepEqual(contentsOf(loaded), { user: 'ann', by: 'old' })
      await store.set('a', loaded as never)
      const [info] = await store.sessionsOf('ann').list()
      assert.deepEqual([info?.createdAt, info?.lastSeenAt?.getTime()], [null, scene.clock.now()])
      const known = await old.get('a')
      await old.set('a', Object.assign(known as never, { by: 'old again' }))
      await old.touch('a', sessionOf(scene, 'ann'))
      assert.equal(
        contentsOf((await store.sessionsOf('ann').list())[0]?.session ?? null)?.['by'],
        'old again',
      )
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
      assert.equal(await old.get('a'), null)
    },

    async 'need columns, and the error of a table without them names the statements that add them'(
      scene,
    ) {
      const old = scene.store()
      await old.set('a', sessionOf(scene, 'ann'))
      const store = scene.store({ userId })
      const words = ["'user_id', 'created_at', 'last_seen_at'", '`userId`']
      if (!(await addColumnsNamedBy(store, scene, words))) return
      assert.deepEqual(contentsOf(await store.get('a')), { user: 'ann' })
      await old.set('b', sessionOf(scene, 'ann'))
      for (const sid of ['a', 'b', 'c']) await store.set(sid, sessionOf(scene, 'ann'))
      assert.equal(await store.sessionsOf('ann').count(), 3)
      assert.equal(await store.sessionsOf('ANN').count(), 0)
      assert.equal(await store.sessionsOf('ann').revokeAll(), 3)
      assert.equal(await old.length(), 0)
    },
  },
}
