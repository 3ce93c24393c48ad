import assert from 'node:assert/strict'
import { lookalikes } from '../hostile/lookalike-sids.js'
import type { Concern } from '../kit/concern.js'
import { numbered } from '../scene/each.js'
import { contentsOf, hour, minute } from '../scene/sessions.js'
import { sessionOf, userId } from '../scene/users.js'

/** Whose a session is, and what is known of it. */
export const userSessions: Concern = {
  title: 'the sessions of a user',
  onDatabase: {
    async 'do not show what a process without the option stored for another one'(scene) {
      const store = scene.store({ userId })
      for (const sid of ['a', 'b']) await store.set(sid, sessionOf(scene, 'ann'))
      await scene.store().set('a', sessionOf(scene, 'bob'))
      const list = await store.sessionsOf('ann').list('b')
      assert.deepEqual(
        list.map(({ current }) => current),
        [true],
      )
    },

    async 'are listed with what a page shows of them, oldest first, and with no id'(scene) {
      const store = scene.store({ userId })
      const made = scene.clock.now()
      await store.set('first', sessionOf(scene, 'ann', { on: 'laptop' }))
      scene.clock.advance(minute)
      await store.set('second', sessionOf(scene, 'ann', { on: 'phone' }))
      await store.set('of-bob', sessionOf(scene, 'bob'))
      await store.set('of-nobody', sessionOf(scene))
      const [first, second, ...more] = await store.sessionsOf('ann').list('second')
      assert.ok(first && second)
      assert.equal(more.length, 0)
      assert.deepEqual(
        [contentsOf(first.session)?.['on'], contentsOf(second.session)?.['on']],
        ['laptop', 'phone'],
      )
      assert.deepEqual([first.current, second.current], [false, true])
      assert.deepEqual(
        [first.createdAt?.getTime(), second.createdAt?.getTime()],
        [made, made + minute],
      )
      assert.deepEqual(
        [first.lastSeenAt?.getTime(), second.lastSeenAt?.getTime()],
        [made, made + minute],
      )
      assert.deepEqual(
        [first.expires.getTime(), second.expires.getTime()],
        [made + hour, made + minute + hour],
      )
      for (const { handle } of [first, second]) assert.match(handle, /^[\w-]{22}$/)
      assert.notEqual(first.handle, second.handle)
      for (const sid of ['first', 'second'])
        assert.ok(!JSON.stringify([first, second]).includes(sid))
      assert.equal(await store.sessionsOf('ann').count(), 2)
      assert.deepEqual(await store.sessionsOf('nobody').list(), [])
    },

    async 'keep the time of their creation, and tell when they were last written or touched'(
      scene,
    ) {
      const store = scene.store({ userId })
      const made = scene.clock.now()
      const times = async () => {
        const [info] = await store.sessionsOf('ann').list()
        return [info?.createdAt?.getTime(), info?.lastSeenAt?.getTime()]
      }
      await store.set('a', sessionOf(scene, 'ann'))
      scene.clock.advance(minute)
      await store.touch('a', sessionOf(scene, 'ann'))
      assert.deepEqual(await times(), [made, made + minute], 'after a touch')
      scene.clock.advance(minute)
      await store.set('a', sessionOf(scene, 'ann'))
      assert.deepEqual(await times(), [made, made + 2 * minute], 'after it was stored anew')
      scene.clock.advance(minute)
      const loaded = await store.get('a')
      assert.ok(loaded)
      await store.set('a', loaded)
      assert.deepEqual(await times(), [made, made + 3 * minute], 'after it was loaded and written')
    },

    async 'follow the session: it gets a user, another one, and none'(scene) {
      const store = scene.store({ userId })
      const counts = () =>
        Promise.all(['ann', 'bob', 7, '7'].map((user) => store.sessionsOf(user).count()))
      await store.set('a', sessionOf(scene))
      assert.deepEqual(await counts(), [0, 0, 0, 0])
      for (const [user, expected] of [
        ['ann', [1, 0, 0, 0]],
        ['bob', [0, 1, 0, 0]],
        [7, [0, 0, 1, 1]],
        [null, [0, 0, 0, 0]],
      ] as const) {
        const loaded = await store.get('a')
        assert.ok(loaded)
        await store.set('a', Object.assign(loaded, { user }))
        assert.deepEqual(await counts(), expected)
      }
    },

    async 'keep their own user when many are written, loaded and touched at once'(scene) {
      const store = scene.store({ userId })
      const users = ['ann', 'bob', undefined] as const
      const sids = numbered(60)
      const counts = () => Promise.all(['ann', 'bob'].map((user) => store.sessionsOf(user).count()))
      await Promise.all(
        sids.map((sid, number) => store.set(sid, sessionOf(scene, users[number % 3]))),
      )
      assert.deepEqual(await counts(), [20, 20])
      scene.clock.advance(minute)
      await Promise.all(
        sids.map((sid, number) => store.touch(sid, sessionOf(scene, users[number % 3]))),
      )
      const seen = (await store.sessionsOf('bob').list()).map(
        ({ createdAt, lastSeenAt }) => Number(lastSeenAt) - Number(createdAt),
      )
      assert.deepEqual(seen, Array<number>(20).fill(minute))
      const loaded = await Promise.all(sids.map((sid) => store.get(sid)))
      await Promise.all(
        sids.map((sid, number) =>
          store.set(sid, Object.assign(loaded[number] as never, { user: users[(number + 1) % 3] })),
        ),
      )
      assert.deepEqual(await counts(), [20, 20])
      assert.equal(
        contentsOf((await store.sessionsOf('ann').list())[0]?.session ?? null)?.['user'],
        'ann',
      )
    },

    async 'are distinguished byte for byte by their users'(scene) {
      const store = scene.store({ userId })
      const users = [
        'ann',
        'ANN',
        'Ann',
        'änn',
        'a\u0308nn',
        ' ann',
        ...(lookalikes['capital and small letters'] ?? []),
      ]
      await Promise.all(
        users.map((user, number) => store.set(`sid-${String(number)}`, sessionOf(scene, user))),
      )
      for (const user of users) {
        assert.equal(await store.sessionsOf(user).count(), 1)
        assert.deepEqual(
          (await store.sessionsOf(user).list()).map(({ session }) => contentsOf(session)?.['user']),
          [user],
        )
      }
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
      assert.equal(await store.length(), users.length - 1)
    },

    async 'do not include those that have expired'(scene) {
      const store = scene.store({ userId })
      await store.set('a', sessionOf(scene, 'ann'))
      scene.clock.advance(minute)
      await store.set('b', sessionOf(scene, 'ann'))
      scene.clock.advance(hour - minute)
      assert.equal(await store.sessionsOf('ann').count(), 1)
      assert.equal((await store.sessionsOf('ann').list()).length, 1)
      assert.equal(
        await store.sessionsOf('ann').revokeAll(),
        2,
        'they may live on by another clock',
      )
    },
  },
}
