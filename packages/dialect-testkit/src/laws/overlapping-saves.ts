import assert from 'node:assert/strict'
import type { KnexSessionStore, KnexSessionStoreOptions } from '@knex-session/core'
import session, { type SessionData } from 'express-session'
import type { Concern } from '../kit/concern.js'
import type { Scene } from '../scene/scene.js'
import { settled } from '../scene/outcomes.js'
import { contentsOf, hour, type Contents } from '../scene/sessions.js'

/** Plainly, with digests in place of ids, where no change is to be lost, and when it takes a while. */
const everyWay: readonly KnexSessionStoreOptions[] = [
  {},
  { hashIds: true },
  { onConflict: 'reject' },
  {
    serializer: {
      stringify: (data) => Promise.resolve(JSON.stringify(data)),
      parse: (text) => JSON.parse(text) as SessionData,
    },
  },
]

/** The session of a request that nobody has loaded, as express-session makes it. */
function newSession(
  store: KnexSessionStore,
  scene: Scene,
  sid: string,
  contents: Contents = {},
): SessionData {
  const request = { sessionID: sid, sessionStore: store }
  const { cookie, ...others } = scene.session(contents)
  // The types of express-session keep its constructor for itself.
  const Session = session.Session as unknown as new (...args: unknown[]) => SessionData
  const made = new Session(request, others)
  made.cookie = cookie
  return made
}

/** The codes of the errors that calls fail with, `undefined` of those that do not. */
async function codesOf(calls: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  return (await settled(calls)).map(({ error }) => (error as { code?: unknown } | undefined)?.code)
}

/** A request saves its new session again before the first save of it is answered. */
export const overlappingSaves: Concern = {
  title: 'a new session that is saved again before it is there',
  onDatabase: {
    async 'is there as it was saved last'(scene) {
      for (const options of everyWay) {
        const store = scene.store(options, scene.newTable())
        const one = newSession(store, scene, 'a', { visits: 1 })
        const saves = [store.set('a', one)]
        for (const visits of [2, 3]) {
          Object.assign(one, { visits })
          saves.push(store.set('a', one))
        }
        Object.assign(one, { visits: 'not saved' })
        await Promise.all(saves)
        assert.deepEqual(contentsOf(await store.get('a')), { visits: 3 })
        Object.assign(one, { visits: 4 })
        await Promise.all([store.touch('a', one), store.set('a', one)])
        assert.deepEqual(contentsOf(await store.get('a')), { visits: 4 })
        assert.equal(store.lateWrites, 0)
      }
    },

    async 'stays ended where it was ended in between'(scene) {
      for (const options of everyWay) {
        const store = scene.store(options, scene.newTable())
        const one = newSession(store, scene, 'a')
        const first = store.set('a', one)
        const ended = store.destroy('a')
        const others = [store.set('a', one), store.set('a', one)]
        await Promise.all([first, ...others])
        assert.equal(await ended, 1)
        assert.equal(await store.get('a'), null, 'the session is back')
        assert.equal(store.lateWrites, 2)

        const two = newSession(store, scene, 'b')
        const saves = [store.set('b', two)]
        const cleared = store.clear()
        saves.push(store.set('b', two))
        await Promise.all([...saves, cleared])
        assert.deepEqual(await store.ids(), [], 'the session is back')
      }
    },

    async 'leaves its id to whoever has it, as often as it is saved'(scene) {
      for (const options of everyWay) {
        const store = scene.store(options, scene.newTable())
        await store.set('a', scene.session({ user: 'ann' }))
        const stranger = newSession(store, scene, 'a', { user: 'bob' })
        const taken = 'ERR_SID_TAKEN'
        const saves = Array.from({ length: 3 }, () => store.set('a', stranger))
        assert.deepEqual(await codesOf(saves), [taken, taken, taken])
        assert.deepEqual(contentsOf(await store.get('a')), { user: 'ann' })
        const [, again] = await Promise.all([
          store.destroy('a'),
          codesOf([store.set('a', stranger), store.set('a', stranger)]),
        ])
        assert.deepEqual(again, [undefined, undefined])
        assert.deepEqual(contentsOf(await store.get('a')), { user: 'bob' })
      }
    },

    async 'ends no later than its first save allows'(scene) {
      const store = scene.store({ absoluteTtl: hour })
      const start = scene.clock.now()
      const one = newSession(store, scene, 'a')
      Object.assign(one.cookie, { expires: new Date(start + 3 * hour) })
      const first = store.set('a', one)
      scene.clock.set(start + hour / 2)
      await Promise.all([first, store.set('a', one)])
      assert.equal(store.createdAt(one)?.getTime(), start)
      scene.clock.set(start + hour)
      assert.equal(await store.get('a'), null)
    },
  },
}
