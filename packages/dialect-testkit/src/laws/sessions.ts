import assert from 'node:assert/strict'
import type { SessionData } from 'express-session'
import type { Concern } from '../kit/concern.js'
import { contentsOf, expiryIn, hour, sessionUntil } from '../scene/sessions.js'

/** Writing, reading, touching and removing sessions. */
export const sessions: Concern = {
  title: 'sessions',
  onDatabase: {
    async 'are null until they are set, then what was set, then what replaced it'(scene) {
      const store = scene.store()
      const later = scene.clock.now() + hour
      assert.equal(await store.get('sid'), null)
      await store.set('sid', sessionUntil(later, { user: 'ann', visits: [1, 2] }))
      assert.deepEqual(contentsOf(await store.get('sid')), { user: 'ann', visits: [1, 2] })
      await store.set('sid', sessionUntil(later, { user: 'ann' }))
      assert.deepEqual(contentsOf(await store.get('sid')), { user: 'ann' })
      assert.equal(await store.length(), 1)
    },

    async 'have the cookie they were set with'(scene) {
      const store = scene.store()
      const session = scene.session()
      Object.assign(session.cookie, {
        secure: 'auto',
        domain: 'example.org',
        sameSite: 'lax',
        partitioned: true,
        priority: 'high',
      })
      await store.set('sid', session)
      assert.deepEqual((await store.get('sid'))?.cookie, session.cookie)
    },

    async 'are fresh objects every time, so that nobody changes what another reads'(scene) {
      const store = scene.store()
      await store.set('sid', scene.session({ cart: ['tea'] }))
      const [one, other] = (await Promise.all([store.get('sid'), store.get('sid')])) as unknown as {
        cart: string[]
      }[]
      one?.cart.push('milk')
      assert.deepEqual(other?.cart, ['tea'])
    },

    async 'are stored as they are when set is called'(scene) {
      const store = scene.store()
      const session = scene.session({ cart: ['tea'] })
      const set = store.set('sid', session)
      Object.assign(session, { cart: ['milk'] })
      await set
      assert.deepEqual(contentsOf(await store.get('sid')), { cart: ['tea'] })
    },

    async 'are seen by every store as soon as set is done'(scene) {
      const [one, other] = scene.stores(2)
      assert.ok(other)
      for (let count = 0; count < 20; count++) {
        await one.set('sid', scene.session({ count }))
        assert.deepEqual(contentsOf(await other.get('sid')), { count })
      }
      assert.equal(await other.destroy('sid'), 1)
      assert.equal(await one.get('sid'), null)
    },

    async 'keep their contents through a touch'(scene) {
      const store = scene.store()
      const later = scene.clock.now() + hour
      await store.set('sid', sessionUntil(later, { user: 'ann' }))
      await store.touch('sid', sessionUntil(later + hour, { user: 'bob' }))
      assert.deepEqual(contentsOf(await store.get('sid')), { user: 'ann' })
    },

    async 'are removed by destroy, which counts them, and no touch brings them back'(scene) {
      const store = scene.store()
      const later = scene.clock.now() + hour
      const sids = ['a', 'b', 'c']
      await Promise.all(sids.map((sid) => store.set(sid, sessionUntil(later))))
      assert.equal(await store.destroy('a'), 1)
      assert.equal(await store.destroy('a'), 0)
      assert.deepEqual(
        await Promise.all(['a', 'b', 'c', 'd'].map((sid) => store.destroy(sid))),
        [0, 1, 1, 0],
      )
      await Promise.all(sids.map((sid) => store.touch(sid, sessionUntil(later))))
      await store.touch('a', sessionUntil(later))
      assert.deepEqual(await Promise.all(sids.map((sid) => store.get(sid))), [null, null, null])
      assert.deepEqual(await scene.rows(), [])
    },

    async 'can be set again after they were destroyed'(scene) {
      const store = scene.store()
      const session = (turn: number) => scene.session({ turn })
      for (const turn of [1, 2]) {
        await store.set('sid', session(turn))
        assert.deepEqual(contentsOf(await store.get('sid')), { turn })
        assert.equal(await store.destroy('sid'), 1)
      }
    },

    async 'are all listed, counted and cleared'(scene) {
      const store = scene.store()
      assert.deepEqual([await store.all(), await store.length(), await store.clear()], [[], 0, 0])
      const numbers = Array.from({ length: 300 }, (_, number) => number)
      await Promise.all(
        numbers.map((number) => store.set(`sid ${String(number)}`, scene.session({ number }))),
      )
      const listed = (await store.all()).map((session) => Number(contentsOf(session)?.['number']))
      assert.deepEqual(
        listed.sort((one, other) => one - other),
        numbers,
      )
      assert.equal(await store.length(), 300)
      assert.equal(await store.clear(), 300)
      assert.deepEqual(await scene.rows(), [])
    },

    async 'take the effect of calls in the order they were made, without anybody waiting'(scene) {
      const store = scene.store()
      const later = scene.clock.now() + hour
      const calls: Promise<unknown>[] = []
      for (let turn = 0; turn < 10; turn++) {
        calls.push(
          store.set('kept', sessionUntil(later, { turn })),
          store.touch('kept', sessionUntil(later + turn)),
        )
        calls.push(
          store.set('gone', sessionUntil(later, { turn })),
          store.destroy('gone'),
          store.touch('gone', sessionUntil(later)),
        )
        if (turn % 3 === 0) await Promise.all(calls.splice(0))
      }
      await Promise.all(calls)
      const kept = await store.get('kept')
      assert.deepEqual(contentsOf(kept), { turn: 9 })
      assert.equal(expiryIn(kept), later + 9)
      assert.equal(await store.get('gone'), null)
    },

    async 'that JSON cannot hold are an error and leave the stored one as it was'(scene) {
      const store = scene.store()
      const session = (contents: Record<string, unknown>) => scene.session(contents)
      await store.set('sid', session({ user: 'ann' }))
      const cycle: Record<string, unknown> = {}
      cycle['self'] = cycle
      for (const wrong of [
        session({ cycle }),
        session({ big: 1n }),
        null,
        undefined,
        'text',
      ] as SessionData[]) {
        await assert.rejects(store.set('sid', wrong), { code: 'ERR_INVALID_SESSION' })
      }
      for (const wrong of [null, undefined, 'text', 1] as unknown as SessionData[]) {
        await assert.rejects(store.touch('sid', wrong), { code: 'ERR_INVALID_SESSION' })
      }
      assert.deepEqual(contentsOf(await store.get('sid')), { user: 'ann' })
    },

    async 'answer to callbacks: once each, later, with null for no error, and no promise'(scene) {
      const store = scene.store()
      const session = scene.session({ user: 'ann' })
      type Callback = (error: unknown, result?: unknown) => void
      const answers: unknown[][] = []
      const call = (start: (callback: Callback) => unknown) =>
        new Promise<void>((resolve) => {
          let returned = false
          const given = start((...answer) => {
            answers.push(returned ? answer : ['before the call returned'])
            resolve()
          })
          returned = true
          assert.equal(given, undefined)
        })
      await call((callback) => store.set('sid', session, callback))
      await call((callback) => store.touch('sid', session, callback))
      await call((callback) => store.length(callback))
      await call((callback) => store.get('other', callback))
      await call((callback) => store.destroy('sid', callback))
      await call((callback) => store.prune(callback))
      assert.deepEqual(
        answers.map(([error, result]) => [error, result]),
        [
          [null, undefined],
          [null, undefined],
          [null, 1],
          [null, null],
          [null, 1],
          [null, 0],
        ],
      )
    },

    async 'are refused by a closed store, which leaves the knex instance to the application'(
      scene,
    ) {
      const store = scene.store()
      const set = store.set('sid', scene.session({ user: 'ann' }))
      await Promise.all([store.close(), store.close()])
      await set
      await assert.rejects(store.get('sid'), { code: 'ERR_CLOSED' })
      await assert.rejects(store.prune(), { code: 'ERR_CLOSED' })
      assert.deepEqual(contentsOf(await scene.store().get('sid')), { user: 'ann' })
    },
  },
}
