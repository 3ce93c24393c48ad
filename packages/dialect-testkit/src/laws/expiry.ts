import assert from 'node:assert/strict'
import type { Concern } from '../kit/concern.js'
import {
  browserSession,
  contentsOf,
  cookieOf,
  day,
  expiryIn,
  hour,
  minute,
  sessionUntil,
  withCookie,
} from '../scene/sessions.js'

/** Expiry, on a clock that stands still until it is moved. */
export const expiry: Concern = {
  title: 'expiry',
  onDatabase: {
    async 'comes at its time, not a step earlier or later'(scene) {
      const store = scene.store()
      const { timestampGranularityMs: step } = scene.capabilities
      await store.set('sid', scene.session())
      scene.clock.advance(hour - step)
      assert.notEqual(await store.get('sid'), null)
      scene.clock.advance(step)
      assert.equal(await store.get('sid'), null)
    },

    async 'is the same for get, all and length, one by one and in batches'(scene) {
      const store = scene.store()
      const now = scene.clock.now()
      const lives = [-day, -1000, 0, 1000, day]
      await Promise.all(
        lives.map((life) => store.set(`sid ${String(life)}`, sessionUntil(now + life, { life }))),
      )
      const read = await Promise.all(lives.map((life) => store.get(`sid ${String(life)}`)))
      assert.deepEqual(read.map(contentsOf), [null, null, null, { life: 1000 }, { life: day }])
      for (const life of lives)
        assert.equal((await store.get(`sid ${String(life)}`)) !== null, life > 0)
      assert.deepEqual((await store.all()).map(contentsOf).sort(), [{ life: 1000 }, { life: day }])
      assert.equal(await store.length(), 2)
    },

    async 'is in the cookie that is read, and a touch shows there'(scene) {
      const store = scene.store()
      const now = scene.clock.now()
      await store.set('sid', sessionUntil(now + hour))
      assert.equal(expiryIn(await store.get('sid')), now + hour)
      await store.touch('sid', sessionUntil(now + 2 * hour))
      const session = await store.get('sid')
      assert.equal(expiryIn(session), now + 2 * hour)
      assert.equal(session?.cookie.originalMaxAge, hour)
    },

    async 'can be moved nearer by a touch'(scene) {
      const store = scene.store()
      await store.set('sid', scene.session())
      await store.touch('sid', sessionUntil(scene.clock.now() + minute))
      scene.clock.advance(minute)
      assert.equal(await store.get('sid'), null)
    },

    async 'is moved for each session by its own touch when many share a statement'(scene) {
      const store = scene.store({ batch: { lanes: 1 } })
      const now = scene.clock.now()
      const lives = Array.from({ length: 100 }, (_, index) => (index + 1) * minute)
      await Promise.all(lives.map((life) => store.set(String(life), sessionUntil(now + day))))
      await Promise.all(lives.map((life) => store.touch(String(life), sessionUntil(now + life))))
      const read = await Promise.all(lives.map((life) => store.get(String(life))))
      assert.deepEqual(
        read.map((session) => expiryIn(session) - now),
        lives,
      )
    },

    async 'is for good: neither a touch nor the clock of a touch brings a session back'(scene) {
      const store = scene.store()
      const sids = ['a', 'b', 'c']
      await Promise.all(sids.map((sid) => store.set(sid, scene.session())))
      scene.clock.advance(hour)
      await store.touch('a', sessionUntil(scene.clock.now() + day))
      await Promise.all(sids.map((sid) => store.touch(sid, sessionUntil(scene.clock.now() + day))))
      assert.deepEqual(await Promise.all(sids.map((sid) => store.get(sid))), [null, null, null])
      assert.equal(await store.length(), 0)
    },

    async 'follows from a maxAge of the cookie’s own, then its date, then originalMaxAge, then ttl'(
      scene,
    ) {
      const store = scene.store({ ttl: 3 * hour })
      const now = scene.clock.now()
      const cookies = {
        originalMaxAge: { originalMaxAge: hour, expires: undefined },
        maxAge: { maxAge: 2 * hour, expires: new Date(now + minute), originalMaxAge: hour },
        date: { maxAge: null, expires: new Date(now + 4 * hour), originalMaxAge: hour },
        ttl: { originalMaxAge: null, expires: null },
        false: { originalMaxAge: false, expires: false },
      }
      for (const [sid, cookie] of Object.entries(cookies)) await store.set(sid, withCookie(cookie))
      await store.set('no cookie', { user: 'ann' } as never)
      const lives = Object.fromEntries(
        (await scene.rows()).map((row) => [row.sid, (row.expired - now) / hour]),
      )
      assert.deepEqual(lives, {
        originalMaxAge: 1,
        maxAge: 2,
        date: 4,
        ttl: 3,
        false: 3,
        'no cookie': 3,
      })
      assert.deepEqual(cookieOf(await store.get('maxAge')), {
        httpOnly: true,
        path: '/',
        ...cookies.maxAge,
        expires: new Date(now + minute).toISOString(),
      })
      await store.touch('originalMaxAge', withCookie(cookies.maxAge))
      assert.equal(expiryIn(await store.get('originalMaxAge')), now + 2 * hour)
    },

    async 'of a session that lasts as long as the browser slides with every touch'(scene) {
      const store = scene.store({ ttl: hour })
      await store.set('sid', browserSession({ user: 'ann' }))
      for (let visit = 0; visit < 5; visit++) {
        scene.clock.advance(hour - minute)
        const session = await store.get('sid')
        assert.deepEqual(contentsOf(session), { user: 'ann' })
        assert.equal(cookieOf(session).expires, null)
        await store.touch('sid', browserSession())
      }
      scene.clock.advance(hour)
      assert.equal(await store.get('sid'), null)
    },

    async 'at once or in the past hides a session that was there'(scene) {
      const store = scene.store()
      const now = scene.clock.now()
      const gone = [
        withCookie({ originalMaxAge: 0, expires: new Date(now).toISOString() }),
        sessionUntil(now - day),
        withCookie({ originalMaxAge: 0 }),
      ]
      for (const session of gone) {
        await store.set('sid', sessionUntil(now + hour))
        await store.set('sid', session)
        assert.equal(await store.get('sid'), null)
      }
    },

    async 'is stored alike by dates, ISO text and whatever time zone a connection has'(scene) {
      const now = Date.UTC(2026, 2, 29, 1, 30, 0, 678)
      scene.clock.set(now)
      await scene.createTable()
      const offsets = scene.capabilities.knexInstances > 1 ? ['+13:00', '-09:30', '+00:00'] : []
      const stores = [
        scene.store(),
        ...offsets.map((utcOffset) => scene.store({ knex: scene.open({ utcOffset }) })),
      ]
      for (const [writer, store] of stores.entries()) {
        await store.set(`iso ${String(writer)}`, sessionUntil(now + 1))
        await store.set(
          `date ${String(writer)}`,
          withCookie({ originalMaxAge: 1, expires: new Date(now + 1) }),
        )
        await store.set(`touched ${String(writer)}`, sessionUntil(now + day))
        await store.touch(`touched ${String(writer)}`, sessionUntil(now + 1))
      }
      for (const row of await scene.rows()) assert.equal(row.expired - now, 1, row.sid)
      for (const store of stores) {
        for (const writer of stores.keys())
          assert.equal(expiryIn(await store.get(`iso ${String(writer)}`)), now + 1)
        assert.equal(await store.length(), 3 * stores.length)
      }
      scene.clock.advance(1)
      for (const store of stores) assert.equal(await store.length(), 0)
      assert.equal(await stores.at(-1)?.prune(), 3 * stores.length)
    },
  },
}
