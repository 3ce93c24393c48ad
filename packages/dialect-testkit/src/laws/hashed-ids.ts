import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { KnexSessionStore } from '@knex-session/core'
import { Browser } from '../http/browser.js'
import { startApp } from '../http/http-app.js'
import type { Concern } from '../kit/concern.js'
import { settled } from '../scene/outcomes.js'
import type { Scene } from '../scene/scene.js'
import {
  contentsOf,
  expiryIn,
  hour,
  minute,
  sessionUntil,
  type Contents,
} from '../scene/sessions.js'

const digestOf = (sid: string) => `sha256:${createHash('sha256').update(sid).digest('base64url')}`

const sessionOf = (scene: Scene, contents: Contents = {}) =>
  sessionUntil(scene.clock.now() + hour, contents)

const sidsIn = async (scene: Scene) => (await scene.rows()).map(({ sid }) => sid)

/** Requests of one session that come together. */
const requests = 20

/** Sessions of which some request moves the row while another ends it. */
const rounds = 100

const userId = (session: unknown) => (session as { user?: string }).user

/** What a store with the option `hashIds` makes of ids, and of rows from before. */
export const hashedIds: Concern = {
  title: 'hashed ids',
  onDatabase: {
    async 'are all that the table has of ids'(scene) {
      const store = scene.store({ hashIds: true })
      const sids = Array.from({ length: 20 }, (_, number) => `secret-${String(number)}`)
      await Promise.all(sids.map((sid, number) => store.set(sid, sessionOf(scene, { number }))))
      const read = await Promise.all(sids.map((sid) => store.get(sid)))
      assert.deepEqual(
        read.map((session) => contentsOf(session)?.['number']),
        [...sids.keys()],
      )
      await Promise.all(
        read.map((session, place) => store.set(sids[place] ?? '', session as never)),
      )
      const end = scene.clock.now() + 2 * hour
      await Promise.all(sids.map((sid) => store.touch(sid, sessionUntil(end))))
      const rows = await scene.rows()
      assert.deepEqual(
        rows.map(({ sid }) => sid),
        sids.map(digestOf).sort(),
      )
      assert.deepEqual(new Set(rows.map(({ expired }) => expired)), new Set([end]))
      assert.ok(!JSON.stringify(rows).includes('secret'), 'the table has an id')
      assert.deepEqual(
        await Promise.all(sids.map((sid) => store.destroy(sid))),
        sids.map(() => 1),
      )
      assert.equal(await store.length(), 0)
    },

    async 'are no ids: nobody who has read them gets at a session'(scene) {
      for (const hashIds of [true, { fallback: false }]) {
        const store = scene.store({ hashIds })
        await store.set('mine', sessionOf(scene, { by: 'me' }))
        const digest = digestOf('mine')
        assert.equal(await store.get(digest), null)
        await assert.rejects(store.set(digest, sessionOf(scene, { by: 'another' })), {
          code: 'ERR_INVALID_SID',
        })
        await store.touch(digest, sessionUntil(scene.clock.now() + 9 * hour))
        assert.equal(await store.destroy(digest), 0)
        const session = await store.get('mine')
        assert.deepEqual(contentsOf(session), { by: 'me' })
        assert.equal(expiryIn(session), scene.clock.now() + hour)
        assert.equal(await store.length(), 1)
      }
    },

    async 'find sessions from before, which have them from then on, for twenty requests in two processes'(
      scene,
    ) {
      await scene.store().set('old', sessionOf(scene, { user: 'ann' }))
      const stores = scene.stores(2, { hashIds: true })
      await Promise.all(stores.map((store) => store.ready))
      const read = await Promise.all(
        Array.from({ length: requests }, (_, number) =>
          (stores[number % 2] ?? stores[0]).get('old'),
        ),
      )
      assert.deepEqual(
        read.map(contentsOf),
        read.map(() => ({ user: 'ann' })),
      )
      assert.deepEqual(new Set(read.map(expiryIn)), new Set([scene.clock.now() + hour]))
      assert.deepEqual(await sidsIn(scene), [digestOf('old')])
      assert.equal(await stores[0].get('none'), null)
    },

    async 'find no session from before that has expired, and take the place of one that has'(
      scene,
    ) {
      const before = scene.store()
      const store = scene.store({ hashIds: true })
      await before.set('old', sessionUntil(scene.clock.now() + minute, { which: 'old' }))
      await store.set('both', sessionUntil(scene.clock.now() + minute, { which: 'hashed' }))
      await before.set('both', sessionOf(scene, { which: 'plain' }))
      scene.clock.advance(2 * minute)
      assert.equal(await store.get('old'), null)
      assert.deepEqual(contentsOf(await store.get('both')), { which: 'plain' })
      assert.deepEqual(await sidsIn(scene), ['old', digestOf('both')])
    },

    async 'lose no write, touch or end of a session from before'(scene) {
      const before = scene.store()
      for (const sid of ['set', 'touched', 'ended', 'listed'])
        await before.set(sid, sessionOf(scene, { from: 'before' }))
      const store = scene.store({ hashIds: true })
      await store.set('set', sessionOf(scene, { from: 'now' }))
      const end = scene.clock.now() + 2 * hour
      await store.touch('touched', sessionUntil(end))
      assert.equal(await store.destroy('ended'), 1)
      for await (const { sid, session } of store.entries())
        if (sid === 'listed') await store.set(sid, Object.assign(session, { from: 'a list' }))
      assert.deepEqual(await sidsIn(scene), ['listed', 'set', 'touched'].map(digestOf).sort())
      assert.deepEqual(contentsOf(await store.get('set')), { from: 'now' })
      assert.deepEqual(contentsOf(await store.get('listed')), { from: 'a list' })
      assert.equal(expiryIn(await store.get('touched')), end)
      assert.equal(await before.get('ended'), null)
    },

    async 'end a session wherever it is, and in both places'(scene) {
      const before = scene.store()
      const store = scene.store({ hashIds: true })
      await store.set('both', sessionOf(scene))
      await before.set('both', sessionOf(scene))
      assert.equal(await store.destroy('both'), 2)
      const loaded: [KnexSessionStore, string, unknown][] = []
      for (let round = 0; round < rounds; round++) {
        const sid = `sid-${String(round)}`
        await before.set(sid, sessionOf(scene))
        const [got] = await Promise.all([
          store.get(sid),
          store.destroy(sid),
          ...Array.from({ length: round % 4 }, () => store.get(sid)),
        ])
        if (got) loaded.push([store, sid, got])
      }
      for (const [by, sid, session] of loaded) await by.set(sid, session as never)
      assert.deepEqual(await sidsIn(scene), [])
    },

    async 'end it for good where another process moves the row meanwhile'(scene) {
      const before = scene.store()
      const [store, other = store] = scene.stores(2, { hashIds: true })
      for (let round = 0; round < rounds; round++) {
        const sid = `sid-${String(round)}`
        await before.set(sid, sessionOf(scene))
        const [loaded] = await Promise.all([other.get(sid), store.destroy(sid)])
        if (loaded) await other.set(sid, loaded)
        assert.equal(await store.get(sid), null, `the session is back in round ${String(round)}`)
      }
      assert.deepEqual(await sidsIn(scene), [])
    },

    async 'keep the writes of a session in order, from before or not'(scene) {
      const before = scene.store()
      const store = scene.store({ hashIds: true })
      for (const sid of ['old', 'new']) {
        if (sid === 'old') await before.set(sid, sessionOf(scene, { number: -1 }))
        const calls = Array.from({ length: 20 }, (_, number) => [
          store.set(sid, sessionOf(scene, { number })),
          ...(number % 5 === 0 ? [store.destroy(sid)] : []),
        ])
        await Promise.all(calls.flat())
        assert.deepEqual(contentsOf(await store.get(sid)), { number: 19 })
        await Promise.all([store.set(sid, sessionOf(scene)), store.destroy(sid)])
        assert.equal(await store.get(sid), null)
      }
    },

    async 'are what lists give, and lists of them are ended'(scene) {
      const before = scene.store()
      const store = scene.store({ hashIds: true })
      for (const sid of ['a', 'b']) await before.set(sid, sessionOf(scene, { sid }))
      for (const sid of ['c', 'd']) await store.set(sid, sessionOf(scene, { sid }))
      const listed = ['a', 'b', digestOf('c'), digestOf('d')].sort()
      assert.deepEqual((await store.ids()).sort(), listed)
      const entries: string[] = []
      for await (const { sid, session } of store.entries()) {
        entries.push(sid)
        await store.set(sid, Object.assign(session, { seen: true }))
      }
      assert.deepEqual(entries.sort(), listed)
      const all = await store.all()
      assert.deepEqual(
        all.map((session) => contentsOf(session)?.['seen']),
        [true, true, true, true],
      )
      assert.deepEqual(await sidsIn(scene), ['a', 'b', 'c', 'd'].map(digestOf).sort())
      const some = (await store.ids()).slice(0, 2)
      assert.equal(await store.destroy([...some, digestOf('nobody')]), 2)
      assert.equal(await store.length(), 2)
      assert.equal(await store.clear(), 2)
    },

    async 'of the sessions of a user have the handles that they had, and are ended by them'(scene) {
      const before = scene.store({ userId })
      for (const sid of ['a', 'b', 'c']) {
        await before.set(sid, sessionOf(scene, { user: 'ann' }))
        scene.clock.advance(minute)
      }
      const store = scene.store({ userId, hashIds: true })
      const ended: unknown[] = []
      store.on('ended', ({ handle }: { readonly handle: string }) => ended.push(handle))
      const list = () => store.sessionsOf('ann').list('b')
      const [a, b, c] = await list()
      assert.ok(a && b && c)
      assert.deepEqual([a.current, b.current, c.current], [false, true, false])
      for (const sid of ['a', 'b']) assert.ok(await store.get(sid))
      assert.deepEqual(
        (await list()).map(({ handle, current }) => [handle, current]),
        [
          [a.handle, false],
          [b.handle, true],
          [c.handle, false],
        ],
      )
      assert.deepEqual(
        (await store.sessionsOf('ann').list(digestOf('b'))).map(({ current }) => current),
        [false, false, false],
      )
      assert.equal(await store.sessionsOf('ann').revoke(a.handle), true)
      assert.equal(await store.sessionsOf('ann').revokeOthers('b'), 1)
      assert.deepEqual(await sidsIn(scene), [digestOf('b')])
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(ended, [a.handle, c.handle, b.handle])
    },

    async 'without the fallback are all that is looked for'(scene) {
      const before = scene.store({ userId })
      await before.set('old', sessionOf(scene, { user: 'ann' }))
      const store = scene.store({ userId, hashIds: { fallback: false } })
      assert.equal(await store.get('old'), null)
      assert.equal(await store.destroy('old'), 0)
      await store.set('old', sessionOf(scene, { user: 'ann', which: 'new' }))
      assert.deepEqual(contentsOf(await store.get('old')), { user: 'ann', which: 'new' })
      assert.equal(await store.length(), 2)
      assert.equal(await store.sessionsOf('ann').revokeAll(), 2)
      assert.deepEqual(await sidsIn(scene), [])
    },

    async 'log nobody out when they are switched on, through Express'(scene) {
      const plain = await startApp(scene.store())
      const browser = new Browser(plain.url)
      await browser.post('/login/ann')
      await browser.post('/visit')
      await plain.close()
      const [store, other] = scene.stores(2, { hashIds: true })
      const apps = await Promise.all([startApp(store), startApp(other ?? store)])
      try {
        const answers = await settled(
          Array.from({ length: requests }, (_, number) =>
            new Browser(apps[number % 2]?.url ?? '', browser.cookie).get('/'),
          ),
        )
        assert.deepEqual(
          answers.map(({ result }) => result?.body['user']),
          answers.map(() => 'ann'),
        )
        const mine = new Browser(apps[0].url, browser.cookie)
        assert.equal((await mine.post('/visit')).body['visits'], 2)
        assert.equal((await sidsIn(scene)).length, 1)
        await mine.post('/logout')
        assert.equal((await new Browser(apps[1].url, browser.cookie).get('/')).body['user'], null)
        assert.deepEqual(
          apps.flatMap(({ errors }) => errors),
          [],
        )
      } finally {
        await Promise.all(apps.map((app) => app.close()))
      }
    },
  },
}
