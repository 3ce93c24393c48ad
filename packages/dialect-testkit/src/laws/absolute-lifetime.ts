import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import { Browser } from '../http/browser.js'
import { startApp } from '../http/http-app.js'
import type { Concern } from '../kit/concern.js'
import type { Scene } from '../scene/scene.js'
import { hour, minute, sessionUntil } from '../scene/sessions.js'

const absoluteTtl = 2 * hour

async function load(store: KnexSessionStore, sid: string): Promise<SessionData> {
  const session = await store.get(sid)
  assert.ok(session, `no session ${sid}`)
  return session
}

/** The expiries in the table, in minutes from a point of time on. */
async function minutesFrom(made: number, scene: Scene): Promise<readonly number[]> {
  return (await scene.rows()).map(({ expired }) => (expired - made) / minute)
}

/** A session ends so long after it was created, whatever is done with it. */
export const absoluteLifetime: Concern = {
  title: 'the absolute lifetime',
  onDatabase: {
    async 'ends sessions that are written and touched again and again, loaded or not'(scene) {
      const [store, other = store] = scene.stores(2, { absoluteTtl })
      const made = scene.clock.now()
      const kinds = ['set', 'touch', 'set-loaded', 'touch-loaded'] as const
      const sids = kinds.flatMap((kind) => [1, 2, 3].map((number) => `${kind}-${String(number)}`))
      await Promise.all(sids.map((sid) => store.set(sid, scene.session())))
      for (let step = 0; step < 2; step++) {
        scene.clock.advance(50 * minute)
        await Promise.all(
          sids.map(async (sid) => {
            const session = sid.includes('loaded')
              ? Object.assign(await load(other, sid), scene.session())
              : scene.session()
            await (sid.startsWith('set') ? other.set(sid, session) : other.touch(sid, session))
          }),
        )
      }
      assert.deepEqual(await minutesFrom(made, scene), Array<number>(sids.length).fill(120))
      scene.clock.advance(20 * minute - 1)
      for (const sid of sids) await load(store, sid)
      scene.clock.advance(1)
      for (const sid of sids) assert.equal(await store.get(sid), null, sid)
      await Promise.all(sids.map((sid) => store.set(sid, scene.session())))
      await Promise.all(sids.map((sid) => store.touch(sid, scene.session())))
      assert.equal(await store.length(), 0, 'a write made one live again')
      assert.equal(await store.prune(), sids.length)
    },

    async 'ends none sooner than it would end by itself'(scene) {
      const store = scene.store({ absoluteTtl })
      const made = scene.clock.now()
      await store.set('a', scene.session())
      await store.set('b', sessionUntil(made + 3 * hour))
      await store.set('c', scene.session())
      assert.deepEqual(await minutesFrom(made, scene), [60, 120, 60])
      scene.clock.advance(30 * minute)
      await store.touch('a', scene.session())
      await store.touch('c', Object.assign(await load(store, 'c'), scene.session()))
      assert.deepEqual(await minutesFrom(made, scene), [90, 120, 90])
    },

    async 'can come from a function of the session, at each write'(scene) {
      const store = scene.store({
        absoluteTtl: (session) =>
          (session as { admin?: boolean }).admin === true ? 30 * minute : Infinity,
      })
      const made = scene.clock.now()
      await store.set('a', scene.session({ admin: true }))
      await store.set('b', scene.session())
      scene.clock.advance(20 * minute)
      await store.set('a', Object.assign(await load(store, 'a'), scene.session()))
      await store.set('b', Object.assign(await load(store, 'b'), scene.session()))
      assert.deepEqual(await minutesFrom(made, scene), [30, 80])
      scene.clock.advance(10 * minute)
      assert.equal(await store.get('a'), null)
    },

    async 'begins when a session is created; its time is told, and saving it changes nothing'(
      scene,
    ) {
      const store = scene.store({ absoluteTtl })
      const made = scene.clock.now()
      assert.equal(store.createdAt(scene.session()), undefined)
      await store.set('a', scene.session())
      scene.clock.advance(minute)
      const loaded = await load(store, 'a')
      await store.set('a', loaded)
      await store.set('a', loaded)
      await store.set('a', scene.session())
      await store.touch('a', scene.session())
      for (const session of [loaded, await load(store, 'a')])
        assert.equal(store.createdAt(session)?.getTime(), made)
      await store.destroy('a')
      await store.set('a', scene.session())
      assert.equal(store.createdAt(await load(store, 'a'))?.getTime(), made + minute)
    },

    async 'of an application begins anew with a new id, and its rolling cookie ends with it'(
      scene,
    ) {
      const store = scene.store({ absoluteTtl })
      const app = await startApp(store, { rolling: true, cookie: { maxAge: 3 * hour } })
      try {
        const browser = new Browser(app.url)
        const logIn = async () => String((await browser.post('/login/ann')).body['sid'])
        const created = async (sid: string) => store.createdAt(await load(store, sid))?.getTime()
        const made = scene.clock.now()
        const first = await logIn()
        await browser.post('/save')
        assert.equal(await created(first), made)
        scene.clock.advance(100 * minute)
        // The clock of express-session is the process's own; what is left is the same.
        const sent = Date.now()
        const { setCookie } = await browser.get('/')
        const until = Date.parse(/expires=([^;]+)/i.exec(String(setCookie))?.[1] ?? '')
        assert.ok(
          until - sent <= 21 * minute && until - sent >= 19 * minute,
          `the cookie lives for ${String((until - sent) / minute)} minutes`,
        )
        const second = await logIn()
        assert.equal(await created(second), made + 100 * minute)
        scene.clock.advance(absoluteTtl)
        assert.equal((await browser.get('/')).body['user'], null)
        assert.deepEqual(app.errors, [])
      } finally {
        await app.close()
      }
    },

    async 'holds for what processes without the option write, from the next write on'(scene) {
      const store = scene.store({ absoluteTtl })
      await store.ready
      const old = scene.store()
      await old.set('set', scene.session())
      await old.set('touch', scene.session())
      await old.set('loaded', scene.session())
      scene.clock.advance(10 * minute)
      const begun = scene.clock.now()
      await store.set('set', scene.session())
      await store.touch('touch', scene.session())
      await store.touch('loaded', Object.assign(await load(store, 'loaded'), scene.session()))
      scene.clock.advance(50 * minute)
      for (const sid of ['set', 'touch', 'loaded']) {
        assert.equal(store.createdAt(await load(store, sid))?.getTime(), begun)
        await old.set(sid, sessionUntil(begun + 9 * hour, { by: 'old' }))
        await old.touch(sid, sessionUntil(begun + 10 * hour))
        const { cookie } = (await load(store, sid)) as { cookie: { readonly expires?: unknown } }
        assert.equal(Date.parse(String(cookie.expires)), begun + absoluteTtl)
      }
      await store.touch('touch', sessionUntil(begun + 10 * hour))
      assert.deepEqual(await minutesFrom(begun, scene), [600, 600, 120])
      scene.clock.advance(absoluteTtl)
      for (const sid of ['set', 'touch', 'loaded']) assert.equal(await store.get(sid), null)
    },
  },
}
