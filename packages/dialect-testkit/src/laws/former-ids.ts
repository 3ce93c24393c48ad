import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import { defineDialect } from '@knex-session/core/dialect'
import { Browser } from '../http/browser.js'
import { startApp } from '../http/http-app.js'
import type { Concern } from '../kit/concern.js'
import { numbered } from '../scene/each.js'
import { roundsOf } from '../scene/rounds.js'
import { settled } from '../scene/outcomes.js'
import { digestOf, sidsIn } from '../scene/digests.js'
import { contentsOf, expiryIn, hour, minute, sessionUntil } from '../scene/sessions.js'
import { userId } from '../scene/users.js'

/** Requests of one session that come together. */
const requests = 20

/** Sessions of which some request moves the row while another ends it. */
const rounds = 100

/** What a store with the option `hashIds` makes of rows from before. */
export const formerIds: Concern = {
  title: 'hashed ids',
  onDatabase: {
    async 'find sessions from before, which have them from then on, for twenty requests in two processes'(
      scene,
    ) {
      await scene.store().set('old', scene.session({ user: 'ann' }))
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
      await before.set('both', scene.session({ which: 'plain' }))
      scene.clock.advance(2 * minute)
      assert.equal(await store.get('old'), null)
      assert.deepEqual(contentsOf(await store.get('both')), { which: 'plain' })
      assert.deepEqual(await sidsIn(scene), ['old', digestOf('both')])
    },

    async 'are read where they are by a store that may only read, and have digests once it may write'(
      scene,
    ) {
      const { adapter } = scene
      let mayWrite = false
      const rights = {
        statements: () => [],
        answer: () => (mayWrite ? undefined : 'the database user may not write'),
      }
      const dialect = defineDialect({ ...adapter, server: { ...adapter.server, rights } })
      for (const sid of ['old', 'moved'])
        await scene.store().set(sid, scene.session({ user: 'ann' }))
      await scene.store({ hashIds: true }).get('moved')
      const store = scene.store({ hashIds: true, dialect })
      await assert.rejects(store.ready, { kind: 'access-denied' })
      for (const sid of ['old', 'moved'])
        assert.deepEqual(contentsOf(await store.get(sid)), { user: 'ann' })
      assert.equal(await store.get('none'), null)
      const loaded = await store.get('old')
      await assert.rejects(store.set('old', loaded as never), { kind: 'access-denied' })
      assert.deepEqual(await sidsIn(scene), ['old', digestOf('moved')])
      mayWrite = true
      await store.set('old', Object.assign(loaded as never, { user: 'bob' }))
      assert.deepEqual(contentsOf(await store.get('old')), { user: 'bob' })
      assert.equal(store.lateWrites, 0)
      assert.deepEqual(await sidsIn(scene), ['moved', 'old'].map(digestOf).sort())
    },

    async 'lose no write, touch or end of a session from before'(scene) {
      const before = scene.store()
      for (const sid of ['set', 'touched', 'ended', 'listed'])
        await before.set(sid, scene.session({ from: 'before' }))
      const store = scene.store({ hashIds: true })
      await store.set('set', scene.session({ from: 'now' }))
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
      await store.set('both', scene.session())
      await before.set('both', scene.session())
      assert.equal(await store.destroy('both'), 2)
      const loaded: [KnexSessionStore, string, unknown][] = []
      for (let round = 0; round < roundsOf(rounds, 4); round++) {
        const sid = `sid-${String(round)}`
        await before.set(sid, scene.session())
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
      for (let round = 0; round < roundsOf(rounds, 4); round++) {
        const sid = `sid-${String(round)}`
        await before.set(sid, scene.session())
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
        if (sid === 'old') await before.set(sid, scene.session({ number: -1 }))
        const calls = Array.from({ length: 20 }, (_, number) => [
          store.set(sid, scene.session({ number })),
          ...(number % 5 === 0 ? [store.destroy(sid)] : []),
        ])
        await Promise.all(calls.flat())
        assert.deepEqual(contentsOf(await store.get(sid)), { number: 19 })
        await Promise.all([store.set(sid, scene.session()), store.destroy(sid)])
        assert.equal(await store.get(sid), null)
      }
    },

    async 'have each session come where rows move while all are gone through'(scene) {
      const before = scene.store()
      const store = scene.store({ hashIds: true })
      const sids = numbered(300, 'zz-')
      await Promise.all(sids.map((sid, number) => before.set(sid, scene.session({ number }))))
      const numbers = new Set<unknown>()
      for await (const { session } of store.entries()) {
        if (numbers.size === 100) await Promise.all(sids.map((sid) => store.get(sid)))
        numbers.add(contentsOf(session)?.['number'])
      }
      assert.equal(numbers.size, sids.length)
      assert.deepEqual(await sidsIn(scene), sids.map(digestOf).sort())
    },

    async 'are the only ids looked for without the fallback'(scene) {
      const before = scene.store({ userId })
      await before.set('old', scene.session({ user: 'ann' }))
      const store = scene.store({ userId, hashIds: { fallback: false } })
      assert.equal(await store.get('old'), null)
      assert.equal(await store.destroy('old'), 0)
      await store.set('old', scene.session({ user: 'ann', which: 'new' }))
      assert.deepEqual(contentsOf(await store.get('old')), { user: 'ann', which: 'new' })
      assert.equal(await store.length(), 2)
      assert.equal(await store.sessionsOf('ann').revokeAll(), 2)
      assert.deepEqual(await sidsIn(scene), [])
    },

    async 'beside a process without them: whoever it does not find is a visitor there, and logged in elsewhere'(
      scene,
    ) {
      const [plain, hashing = plain] = scene.stores(2)
      const store = scene.store({ hashIds: true, knex: hashing.options.knex })
      const [before, after] = await Promise.all([startApp(plain), startApp(store)])
      const userAt = async ({ url }: { readonly url: string }, { cookie }: Browser) =>
        (await new Browser(url, cookie).get('/')).body['user']
      try {
        // First at a process without them, and first at one with them.
        for (const [first, found] of [
          [before, 'ann'],
          [after, null],
        ] as const) {
          const browser = new Browser(first.url)
          await browser.post('/login/ann')
          assert.equal(await userAt(before, browser), found)
          assert.equal(await userAt(after, browser), 'ann')
          assert.equal(await userAt(before, browser), null, 'the row has moved')
          await new Browser(before.url, browser.cookie).post('/logout')
          assert.equal(await userAt(after, browser), 'ann', 'what is not found is not ended')
          await new Browser(after.url, browser.cookie).post('/logout')
          for (const app of [before, after]) assert.equal(await userAt(app, browser), null)
          assert.deepEqual(await sidsIn(scene), [])
        }
        const browser = new Browser(before.url)
        await browser.post('/login/ann')
        await new Browser(before.url, browser.cookie).post('/logout')
        assert.equal(await userAt(after, browser), null, 'what has not moved is ended')
        assert.deepEqual([...before.errors, ...after.errors], [])
      } finally {
        await Promise.all([before.close(), after.close()])
      }
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
