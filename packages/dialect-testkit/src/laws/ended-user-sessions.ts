import assert from 'node:assert/strict'
import type { EndedSession, KnexSessionStore } from '@knex-session/core'
import type { Concern } from '../kit/concern.js'
import { hour } from '../scene/sessions.js'
import { sessionOf, userId } from '../scene/users.js'

/** What a store reports of sessions that were ended, once it has. */
function endedBy(store: KnexSessionStore): () => Promise<readonly EndedSession[]> {
  const reported: EndedSession[] = []
  store.on('ended', (ended: EndedSession) => reported.push(ended))
  return async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return reported
  }
}

/** How the sessions of a user are ended, by him and by their number. */
export const endedUserSessions: Concern = {
  title: 'the sessions of a user',
  onDatabase: {
    async 'are ended by handle, for their own user only, and reported without an id'(scene) {
      const store = scene.store({ userId })
      const reported = endedBy(store)
      await store.set('a', sessionOf(scene, 'ann'))
      await store.set('b', sessionOf(scene, 'ann'))
      await store.set('c', sessionOf(scene, 'bob'))
      const [mine] = await store.sessionsOf('ann').list()
      const [his] = await store.sessionsOf('bob').list()
      assert.ok(mine && his)
      assert.equal(await store.sessionsOf('ann').revoke(his.handle), false)
      for (const none of ['', 'a', 'b', 'c'])
        assert.equal(await store.sessionsOf('ann').revoke(none), false)
      assert.equal(await store.length(), 3)
      assert.equal(await store.sessionsOf('ann').revoke(mine.handle), true)
      assert.equal(await store.sessionsOf('ann').revoke(mine.handle), false)
      assert.equal(await store.sessionsOf('ann').count(), 1)
      assert.deepEqual(await reported(), [
        { reason: 'revoked', handle: mine.handle, userId: 'ann' },
      ])
    },

    async 'are all ended, or all but the current one; those of others stay'(scene) {
      const store = scene.store({ userId })
      const reported = endedBy(store)
      for (const sid of ['a', 'b', 'c']) await store.set(sid, sessionOf(scene, 'ann'))
      await store.set('d', sessionOf(scene, 'bob'))
      await store.set('e', sessionOf(scene))
      assert.equal(await store.sessionsOf('ann').revokeOthers('b'), 2)
      assert.ok(await store.get('b'))
      for (const none of [undefined, ''])
        await assert.rejects(store.sessionsOf('ann').revokeOthers(none as never), {
          code: 'ERR_INVALID_SID',
        })
      for (const nobody of ['', NaN, {}, undefined])
        await assert.rejects(async () => store.sessionsOf(nobody as never).count(), {
          code: 'ERR_INVALID_OPTION',
        })
      for (const hashIds of [true, false]) {
        const of = scene.store({ userId, hashIds }).sessionsOf('ann')
        assert.equal((await of.list(null as never)).length, 1)
      }
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
      assert.equal(await store.sessionsOf('ann').revokeAll(), 0)
      assert.equal(await store.length(), 2)
      assert.deepEqual(
        (await reported()).map((ended) => ended.userId),
        ['ann', 'ann', 'ann'],
      )
    },

    async 'stay ended, whatever requests write that had loaded them, here and in another process'(
      scene,
    ) {
      const [store, other = store] = scene.stores(2, { userId })
      for (const sid of ['a', 'b', 'c']) await store.set(sid, sessionOf(scene, 'ann'))
      const loaded = await Promise.all(
        ['a', 'b', 'c'].flatMap((sid) => [store.get(sid), other.get(sid)]),
      )
      assert.equal(await other.sessionsOf('ann').revokeAll(), 3)
      await Promise.all(
        ['a', 'b', 'c'].flatMap((sid, place) => [
          store.set(sid, loaded[place * 2] as never),
          other.set(sid, loaded[place * 2 + 1] as never),
          store.touch(sid, sessionOf(scene, 'ann')),
        ]),
      )
      assert.equal(await store.length(), 0)
      assert.equal(store.lateWrites + (other === store ? 0 : other.lateWrites), 6)
    },

    async 'are all ended, also such as had expired by the clock of the process that ends them'(
      scene,
    ) {
      const [store, other = store] = scene.stores(2, { userId })
      for (const sid of ['a', 'b', 'c']) await store.set(sid, sessionOf(scene, 'ann'))
      const loaded = await Promise.all(['a', 'b', 'c'].map((sid) => store.get(sid)))
      scene.clock.advance(2 * hour)
      const of = other.sessionsOf('ann')
      assert.deepEqual([await of.count(), (await of.list()).length], [0, 0])
      await store.set('d', sessionOf(scene, 'ann'))
      assert.equal(await of.revokeOthers('d'), 3)
      for (const [number, sid] of ['a', 'b', 'c'].entries())
        await store.set(sid, Object.assign(loaded[number] as object, sessionOf(scene, 'ann')))
      assert.deepEqual(await store.ids(), ['d'])
      assert.equal(await of.revokeAll(), 1)
    },

    async 'are no more than `maxSessionsPerUser`, also after twenty log-ins at once'(scene) {
      const stores = scene.stores(2, { userId, maxSessionsPerUser: 3 })
      const [store] = stores
      const reported = stores.map(endedBy)
      await store.set('of-bob', sessionOf(scene, 'bob'))
      const sids = Array.from(
        { length: 20 },
        (_, number) => `sid-${String(number).padStart(2, '0')}`,
      )
      for (const sid of sids.slice(0, 4)) {
        await store.set(sid, sessionOf(scene, 'ann'))
        scene.clock.advance(1_000)
      }
      assert.equal(await store.get('sid-00'), null)
      assert.equal(await store.sessionsOf('ann').count(), 3)
      await Promise.all(
        sids
          .slice(4)
          .map((sid, number) =>
            (stores[number % stores.length] ?? store).set(sid, sessionOf(scene, 'ann')),
          ),
      )
      const left = await Promise.all(sids.map(async (sid) => ((await store.get(sid)) ? [sid] : [])))
      assert.deepEqual(
        left.flat(),
        sids.slice(-3),
        'made at one time, they are in the order of their ids',
      )
      assert.equal(await store.sessionsOf('bob').count(), 1)
      const ended = (await Promise.all(reported.map((each) => each()))).flat()
      assert.equal(ended.length, 17)
      assert.deepEqual(
        new Set(ended.map(({ reason, userId: user }) => `${reason} ${user}`)),
        new Set(['limit ann']),
      )
    },

    async 'are all but the last ones that were made in one millisecond'(scene) {
      const store = scene.store({ userId, maxSessionsPerUser: 2 })
      const sids = ['f', 'b', 'e', 'a', 'd', 'c']
      for (const sid of sids) await store.set(sid, sessionOf(scene, 'ann'))
      assert.deepEqual((await store.ids()).sort(), ['c', 'd'])
    },

    async 'stay where a visitor from before logs in without a new id, by which others are ended'(
      scene,
    ) {
      const store = scene.store({ userId, maxSessionsPerUser: 2 })
      for (const sid of ['visitor', 'another']) await store.set(sid, sessionOf(scene))
      for (const sid of ['a', 'b']) {
        scene.clock.advance(1_000)
        await store.set(sid, sessionOf(scene, 'ann'))
      }
      scene.clock.advance(1_000)
      const visitor = await store.get('visitor')
      await store.set('visitor', Object.assign(visitor as never, { user: 'ann' }))
      assert.deepEqual((await store.ids()).sort(), ['another', 'b', 'visitor'])
      await store.destroy('b')
      await store.set('b', sessionOf(scene))
      const visits = await Promise.all([store.get('b'), store.get('another')])
      await Promise.all(
        ['b', 'another'].map((sid, place) =>
          store.set(sid, Object.assign(visits[place] as never, { user: 'ann' })),
        ),
      )
      assert.equal(await store.sessionsOf('ann').count(), 2)
    },

    async 'are counted against `maxSessionsPerUser` at the log-in, and not at other writes'(scene) {
      const store = scene.store({ userId, maxSessionsPerUser: 1 })
      const other = scene.store({ userId })
      await store.set('a', sessionOf(scene, 'ann'))
      scene.clock.advance(1_000)
      await other.set('b', sessionOf(scene, 'ann'))
      const loaded = await store.get('a')
      assert.ok(loaded)
      await store.set('a', loaded)
      assert.equal(await store.sessionsOf('ann').count(), 2)
      scene.clock.advance(1_000)
      await store.set('c', sessionOf(scene))
      const anonymous = await store.get('c')
      assert.ok(anonymous)
      await store.set('c', Object.assign(anonymous, { user: 'ann' }))
      assert.equal(await store.sessionsOf('ann').count(), 1)
      assert.ok(await store.get('c'))
    },
  },
}
