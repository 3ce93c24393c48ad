import assert from 'node:assert/strict'
import type { KnexSessionStoreOptions } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Concern } from '../kit/concern.js'
import { numbered } from '../scene/each.js'
import { contentsOf } from '../scene/sessions.js'

type Serializer = NonNullable<KnexSessionStoreOptions['serializer']>

const later = <Value>(value: Value): Promise<Value> =>
  new Promise((resolve) => setImmediate(() => resolve(value)))

const never = new Promise<never>(() => undefined)

/** Takes a while for everything. */
const slow: Serializer = {
  stringify: (session) => later(JSON.stringify(session)),
  parse: async (text) => later(JSON.parse(text) as SessionData),
}

/** Takes for each session until it is let go, or, without a name, no time. */
function heldSerializer() {
  const held = new Map<unknown, () => void>()
  const serializer: Serializer = {
    stringify(session) {
      const text = JSON.stringify(session)
      const name = contentsOf(session)?.['held']
      return name === undefined
        ? text
        : new Promise((resolve) => held.set(name, () => resolve(text)))
    },
    parse: (text) => JSON.parse(text) as SessionData,
  }
  return { serializer, letGo: (name: string) => held.get(name)?.() }
}

/** A serializer of the application's that gets the id of the row and takes its time. */
export const serializers: Concern = {
  title: 'a serializer',
  onDatabase: {
    async 'that is asynchronous stores and reads as another does'(scene) {
      const store = scene.store({
        serializer: slow,
        userId: (session) => contentsOf(session)?.['user'] as string,
      })
      const names = numbered(40)
      await Promise.all(names.map((name) => store.set(name, scene.session({ name, user: 'ann' }))))
      const read = await Promise.all(names.map((name) => store.get(name)))
      assert.deepEqual(
        read.map((session) => contentsOf(session)?.['name']),
        names,
      )
      await Promise.all(
        read.map((session, place) =>
          store.set(names[place] ?? '', Object.assign(session as never, { seen: true })),
        ),
      )
      const all = (await store.all()).map(contentsOf)
      assert.equal(all.filter((each) => each?.['seen'] === true).length, names.length)
      const entries: unknown[] = []
      for await (const { session } of store.entries()) entries.push(contentsOf(session)?.['name'])
      assert.deepEqual(entries.sort(), [...names].sort())
      const list = await store.sessionsOf('ann').list(names[0])
      assert.equal(
        list.filter(({ session }) => contentsOf(session)?.['seen'] === true).length,
        names.length,
      )
      assert.equal(list.filter(({ current }) => current).length, 1)
      await store.destroy(names[0] ?? '')
      await store.set(names[0] ?? '', read[0] as never)
      assert.equal(await store.get(names[0] ?? ''), null, 'an ended session is back')
    },

    async 'gets the id that the row has, for each session its own'(scene) {
      const wrong: unknown[] = []
      const met = (session: SessionData, { sid }: { readonly sid: string }) => {
        if (contentsOf(session)?.['sid'] !== sid) wrong.push(sid)
        return session
      }
      const store = scene.store({
        serializer: {
          stringify: (session, about) => JSON.stringify(met(session, about)),
          parse: (text, about) => met(JSON.parse(text) as SessionData, about),
        },
        userId: () => 'ann',
      })
      const sids = ['a', 'b', 'c']
      await Promise.all(sids.map((sid) => store.set(sid, scene.session({ sid }))))
      await Promise.all(sids.map((sid) => store.get(sid)))
      await store.all()
      for await (const entry of store.entries()) assert.ok(entry.session)
      assert.equal((await store.sessionsOf('ann').list()).length, 3)
      assert.deepEqual(wrong, [])
    },

    async 'that is slower for an earlier write than for later ones changes nothing of their order'(
      scene,
    ) {
      const { serializer, letGo } = heldSerializer()
      const store = scene.store({ serializer })
      await store.ready
      const slowly = (sid: string, name: string) => store.set(sid, scene.session({ held: name }))
      const quickly = (sid: string) => store.set(sid, scene.session({ quick: true }))

      const twice = [slowly('a', 'first'), slowly('a', 'second')]
      letGo('second')
      await quickly('b')
      letGo('first')
      await Promise.all(twice)
      assert.deepEqual(contentsOf(await store.get('a')), { held: 'second' })

      const thenQuick = [slowly('a', 'third'), quickly('a')]
      await store.set('b', scene.session())
      letGo('third')
      await Promise.all(thenQuick)
      assert.deepEqual(contentsOf(await store.get('a')), { quick: true })

      const thenEnded = [slowly('a', 'fourth'), store.destroy('a')]
      await store.set('b', scene.session())
      letGo('fourth')
      assert.deepEqual(await Promise.all(thenEnded), [undefined, 1])
      assert.equal(await store.get('a'), null)

      const thenCleared = [slowly('c', 'fifth'), store.clear(), quickly('d')]
      letGo('fifth')
      await Promise.all(thenCleared)
      assert.deepEqual(await store.ids(), ['d'])
    },

    async 'that is asynchronous stores the session as it was at the call, also at the end of the store'(
      scene,
    ) {
      const { serializer, letGo } = heldSerializer()
      const store = scene.store({ serializer })
      const session = scene.session({ held: 'it' })
      const set = store.set('a', session)
      Object.assign(session, { held: 'changed' })
      const closed = store.close()
      letGo('it')
      await Promise.all([set, closed])
      assert.deepEqual(contentsOf(await scene.store().get('a')), { held: 'it' })
    },

    async 'that never comes to an end has its call fail in time, and no other'(scene) {
      const plain = scene.store()
      await plain.set('a', scene.session())
      const store = scene.store({
        timeout: 400,
        serializer: {
          stringify: (session) =>
            contentsOf(session)?.['stuck'] ? never : JSON.stringify(session),
          parse: () => never,
        },
      })
      await store.ready
      const stuck = store.set('a', scene.session({ stuck: true }))
      await Promise.all([
        assert.rejects(stuck, { code: 'ERR_TIMEOUT' }),
        store.set('b', scene.session()),
        assert.rejects(store.get('a'), { code: 'ERR_TIMEOUT' }),
        assert.rejects(store.all(), { code: 'ERR_TIMEOUT' }),
        assert.rejects(store.entries().next(), { code: 'ERR_TIMEOUT' }),
      ])
      await store.set('a', scene.session({ after: true }))
      assert.deepEqual(contentsOf(await plain.get('a')), { after: true })
    },
  },
}
