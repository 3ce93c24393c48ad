import assert from 'node:assert/strict'
import type { KnexSessionStore, KnexSessionStoreOptions } from '@knex-session/core'
import type { SessionOptions } from 'express-session'
import { Browser } from '../http/browser.js'
import { startApp, type RunningApp } from '../http/http-app.js'
import type { Concern } from '../kit/concern.js'
import { contentsOfEach, numbered } from '../scene/each.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, minute } from '../scene/sessions.js'

/** Requests of one session that have loaded it when it ends. */
const requests = 20

/** What a law about an app works with. */
interface AppScene {
  readonly store: KnexSessionStore
  /** The store of another process. */
  readonly other: KnexSessionStore
  readonly app: RunningApp
  readonly scene: Scene
}

async function withApp(
  scene: Scene,
  options: Partial<SessionOptions>,
  check: (law: AppScene) => Promise<void>,
  storeOptions: KnexSessionStoreOptions = {},
): Promise<void> {
  const [store, other = store] = scene.stores(2, storeOptions)
  const app = await startApp(store, options)
  try {
    await check({ store, other, app, scene })
  } finally {
    await app.close()
  }
}

/**
 * A law about a session that `end` ends while requests that have loaded it are under way, and write
 * it afterwards.
 */
function endedLaw(
  end: (law: AppScene, browser: Browser, sid: string) => Promise<unknown>,
  storeOptions: KnexSessionStoreOptions = {},
): (scene: Scene) => Promise<void> {
  return async (scene) => {
    for (const resave of [false, true]) {
      const check = async (law: AppScene) => {
        const { store, app } = law
        const browser = new Browser(app.url)
        const sid = String((await browser.post('/login/ann')).body['sid'])
        const stale = browser.cookie
        const held = Array.from({ length: requests }, () =>
          new Browser(app.url, stale).post('/held/visit'),
        )
        await app.held(requests)
        await end(law, browser, sid)
        const before = store.lateWrites
        app.letGo()
        for (const { status } of await Promise.all(held)) assert.equal(status, 200)
        assert.equal(await store.get(sid), null, 'the session is back')
        assert.equal((await new Browser(app.url, stale).get('/')).body['user'], null)
        assert.equal(store.lateWrites - before, requests)
        assert.deepEqual(app.errors, [])
        await store.clear()
      }
      await withApp(scene, { resave }, check, storeOptions)
    }
  }
}

/** A session that was ended stays ended, and an id belongs to one session. */
export const endedSessions: Concern = {
  title: 'a session that was ended',
  onDatabase: {
    'by a log-out stays ended, whatever requests write that had loaded it': endedLaw((_, browser) =>
      browser.post('/logout'),
    ),
    'by a new id stays ended, whatever requests write that had loaded it': endedLaw((_, browser) =>
      browser.post('/login/bob'),
    ),
    'by `clear` stays ended, whatever requests write that had loaded it': endedLaw(({ store }) =>
      store.clear(),
    ),
    'by another process stays ended, whatever requests write that had loaded it': endedLaw(
      ({ other }, _, sid) => other.destroy(sid),
    ),
    'by `revokeAll` in another process stays ended, whatever requests write that had loaded it':
      endedLaw(({ other }) => other.sessionsOf('ann').revokeAll(), {
        userId: (session) => (session as { user?: string }).user,
      }),

    async 'stays ended when it is written as it was loaded, without an error; each such write is counted and told'(
      scene,
    ) {
      const store = scene.store()
      let reported = 0
      store.on('lateWrite', () => reported++)
      await store.set('a', scene.session({ user: 'ann' }))
      await store.set('b', scene.session({ user: 'bob' }))
      const [a, b] = [await store.get('a'), await store.get('b')]
      assert.ok(a && b)
      await store.destroy('a')
      await Promise.all([store.set('a', a), store.set('b', { ...b }), store.set('b', b)])
      assert.equal(await store.get('a'), null)
      assert.deepEqual(contentsOf(await store.get('b')), { user: 'bob' })
      assert.deepEqual([store.lateWrites, reported], [1, 1])
    },

    async 'is made anew by a write of what was not loaded'(scene) {
      const store = scene.store()
      await store.set('a', scene.session())
      await store.destroy('a')
      await store.set('a', scene.session({ user: 'ann' }))
      assert.deepEqual(contentsOf(await store.get('a')), { user: 'ann' })
      assert.equal(store.lateWrites, 0)
    },

    async 'and others that were not: all that was loaded is written in one go, of those that are there'(
      scene,
    ) {
      const store = scene.store()
      const sids = numbered(100)
      await Promise.all(sids.map((sid, number) => store.set(sid, scene.session({ number }))))
      const loaded = await Promise.all(sids.map((sid) => store.get(sid)))
      const ended = sids.filter((_, number) => number % 3 === 0)
      await Promise.all(ended.map((sid) => store.destroy(sid)))
      await Promise.all(
        sids.map((sid, number) =>
          store.set(sid, Object.assign(loaded[number] as object, { number: -number }) as never),
        ),
      )
      assert.deepEqual(
        await contentsOfEach(store, sids),
        sids.map((_, number) => (number % 3 === 0 ? null : { number: -number })),
      )
      assert.equal(store.lateWrites, ended.length)
    },

    async 'leaves its id to nobody else: a new session overwrites no live one'(scene) {
      await withApp(scene, { genid: () => 'one-for-all' }, async ({ store, app }) => {
        await new Browser(app.url).post('/visit')
        const first = await store.get('one-for-all')
        assert.ok(first)
        const stranger = new Browser(app.url)
        await stranger.post('/visit')
        await stranger.post('/visit')
        assert.deepEqual(
          app.errors.map((error) => (error as { code?: unknown }).code),
          ['ERR_SID_TAKEN'],
        )
        assert.equal(contentsOf(await store.get('one-for-all'))?.['visits'], 2)
      })
    },

    async 'leaves its id to nobody else, however often a request saves its new session'(scene) {
      await withApp(scene, { genid: () => 'one-for-all' }, async ({ store, app }) => {
        await new Browser(app.url).post('/visit')
        await new Browser(app.url).post('/save-again')
        assert.deepEqual(
          app.errors.map((error) => (error as { code?: unknown }).code),
          ['ERR_SID_TAKEN'],
        )
        assert.equal(contentsOf(await store.get('one-for-all'))?.['visits'], 1)
      })
    },

    async 'by its expiry leaves its id to a new session'(scene) {
      await withApp(
        scene,
        { genid: () => 'one-for-all', cookie: { maxAge: minute } },
        async ({ store, app }) => {
          await scene.createTable()
          await scene.write([
            { sid: 'one-for-all', sess: '{"cookie":{},"user":"bob"}', expired: scene.at(-1) },
          ])
          await new Browser(app.url).post('/visit')
          assert.deepEqual(contentsOf(await store.get('one-for-all')), { visits: 1 })
          assert.deepEqual(app.errors, [])
        },
      )
    },
  },
}
