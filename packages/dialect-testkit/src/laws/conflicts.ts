import assert from 'node:assert/strict'
import { mergeTopLevel, type KnexSessionStore, type OnConflict } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Concern } from '../kit/concern.js'
import { numbered } from '../scene/each.js'
import { roundsOf } from '../scene/rounds.js'
import { contentsOf, expiryIn, hour, minute, sessionUntil } from '../scene/sessions.js'

/** Requests of one session at once. */
const requests = 50

type Cart = SessionData & { items: number[] }

/** Adds what each of two requests has added to the items. */
const mergeItems: OnConflict = (base, mine, theirs) => {
  const before = new Set((base as Cart).items)
  const added = (mine as Cart).items.filter((item) => !before.has(item))
  return Object.assign(mine, { items: [...(theirs as Cart).items, ...added] })
}

/** Adds what one request has appended, however often the others have done so. */
const appendItems: OnConflict = (base, mine, theirs) => {
  const added = (mine as Cart).items.slice((base as Cart).items.length)
  return Object.assign(mine, { items: [...(theirs as Cart).items, ...added] })
}

async function load(store: KnexSessionStore, sid: string): Promise<SessionData> {
  const loaded = await store.get(sid)
  assert.ok(loaded, `no session ${sid}`)
  return loaded
}

async function stored(store: KnexSessionStore, sid: string) {
  return contentsOf(await store.get(sid))
}

/** Loads a session in as many requests, through both stores, and has each write a change of it. */
async function manyChange(
  [store, other = store]: readonly KnexSessionStore[],
  sid: string,
  change: (loaded: SessionData, number: number) => void,
): Promise<void> {
  const numbers = Array.from({ length: requests }, (_, number) => number)
  const of = (number: number) => (number % 2 === 0 ? store : other) as KnexSessionStore
  const loaded = await Promise.all(numbers.map((number) => load(of(number), sid)))
  await Promise.all(
    loaded.map((each, number) => {
      change(each, number)
      return of(number).set(sid, each)
    }),
  )
}

/** A change is written over the version that it was made from, or merged with what is there. */
export const conflicts: Concern = {
  title: 'changes of one session by several requests',
  onDatabase: {
    async 'are all there when they were made at once, each under a key of its own'(scene) {
      const stores = scene.stores(2, { onConflict: mergeTopLevel })
      await stores[0].set('a', scene.session({ first: true }))
      await manyChange(stores, 'a', (loaded, number) =>
        Object.assign(loaded, { [`item-${String(number)}`]: number }),
      )
      assert.equal(Object.keys((await stored(stores[0], 'a')) ?? {}).length, requests + 1)
    },

    async 'are all there when they were made at once, in one list, merged by the application'(
      scene,
    ) {
      const stores = scene.stores(2, { onConflict: mergeItems })
      await stores[0].set('a', scene.session({ items: [] }))
      await manyChange(stores, 'a', (loaded, number) => (loaded as Cart).items.push(number))
      const { items } = (await stored(stores[0], 'a')) as unknown as Cart
      assert.deepEqual(
        [...items].sort((one, two) => one - two),
        Array.from({ length: requests }, (_, number) => number),
      )
    },

    async 'count each, also where they are the same'(scene) {
      const stores = scene.stores(2, {
        onConflict: (_base, mine, theirs) =>
          Promise.resolve(
            Object.assign(mine, { visits: Number((theirs as { visits?: number }).visits) + 1 }),
          ),
      })
      await stores[0].set('a', scene.session({ visits: 0 }))
      await manyChange(stores, 'a', (loaded) => Object.assign(loaded, { visits: 1 }))
      assert.deepEqual(await stored(stores[0], 'a'), { visits: requests })
    },

    async 'take effect once each, also where many sessions are written together by two processes'(
      scene,
    ) {
      const stores = scene.stores(2, { onConflict: appendItems })
      const sids = numbered(40)
      await Promise.all(sids.map((sid) => stores[0].set(sid, scene.session({ items: [] }))))
      const rounds = Array.from({ length: roundsOf(8, 2) }, (_, round) => round)
      const addAll = async (store: KnexSessionStore, first: number) => {
        for (const round of rounds)
          await Promise.all(
            sids.map(async (sid) => {
              const loaded = (await load(store, sid)) as Cart
              loaded.items.push(first + round)
              await store.set(sid, loaded)
            }),
          )
      }
      await Promise.all(stores.map((store, number) => addAll(store, number * rounds.length)))
      const after = await Promise.all(sids.map((sid) => stored(stores[0], sid)))
      const all = Array.from({ length: stores.length * rounds.length }, (_, item) => item)
      for (const each of after)
        assert.deepEqual(
          [...(each as unknown as Cart).items].sort((one, two) => one - two),
          all,
        )
    },

    async 'are written in one go with those of other sessions, of which only some meet others'(
      scene,
    ) {
      const [store, other = store] = scene.stores(2, { onConflict: mergeTopLevel })
      const sids = numbered(60)
      await Promise.all(sids.map((sid) => store.set(sid, scene.session({ first: sid }))))
      const loaded = await Promise.all(sids.map((sid) => load(store, sid)))
      const theirs = sids.filter((_, number) => number % 3 === 0)
      const ended = sids.filter((_, number) => number % 3 === 1)
      await Promise.all(
        theirs.map(async (sid) => other.set(sid, Object.assign(await load(other, sid), { b: 2 }))),
      )
      await Promise.all(ended.map((sid) => other.destroy(sid)))
      await Promise.all(
        sids.map((sid, number) =>
          store.set(sid, Object.assign(loaded[number] as SessionData, { a: 1 })),
        ),
      )
      const after = await Promise.all(sids.map((sid) => stored(store, sid)))
      assert.deepEqual(
        after,
        sids.map(
          (sid, number) => [{ first: sid, b: 2, a: 1 }, null, { first: sid, a: 1 }][number % 3],
        ),
      )
      assert.equal(store.lateWrites, ended.length)
    },

    async 'fail with `reject` when another one was faster, and change nothing'(scene) {
      const [store, other = store] = scene.stores(2, { onConflict: 'reject' })
      await store.set('a', scene.session({ by: 'nobody' }))
      const [mine, theirs] = [await load(store, 'a'), await load(other, 'a')]
      await other.set('a', Object.assign(theirs, { by: 'them' }))
      await assert.rejects(store.set('a', Object.assign(mine, { by: 'me' })), {
        code: 'ERR_CONFLICT',
      })
      await assert.rejects(store.set('a', mine), { code: 'ERR_CONFLICT' })
      assert.deepEqual(await stored(store, 'a'), { by: 'them' })
      await store.set('a', Object.assign(await load(store, 'a'), { by: 'me' }))
      assert.deepEqual(await stored(store, 'a'), { by: 'me' })
    },

    async 'of one request do not conflict with each other, nor with a touch'(scene) {
      const [store, other = store] = scene.stores(2, { onConflict: 'reject' })
      await store.set('a', scene.session({ step: 0 }))
      const loaded = await load(store, 'a')
      await Promise.all([1, 2, 3].map((step) => store.set('a', Object.assign(loaded, { step }))))
      scene.clock.advance(10 * minute)
      await other.touch('a', scene.session())
      await other.touch('a', await load(other, 'a'))
      await store.set('a', Object.assign(loaded, { step: 4 }))
      assert.deepEqual(await stored(store, 'a'), { step: 4 })
    },

    async 'of one request after a merge keep what others have made'(scene) {
      const [store, other = store] = scene.stores(2, { onConflict: mergeTopLevel })
      await store.set('a', scene.session({ kept: 1, gone: 1 }))
      const [mine, theirs] = [await load(store, 'a'), await load(other, 'a')]
      await other.set('a', Object.assign(theirs, { theirs: 1 }))
      await store.set('a', Object.assign(mine, { mine: 1 }))
      Reflect.deleteProperty(mine, 'gone')
      await store.set('a', Object.assign(mine, { mine: 2 }))
      assert.deepEqual(await stored(store, 'a'), { kept: 1, theirs: 1, mine: 2 })
    },

    async 'keep the cookie of the one that is written, where the merge gives none'(scene) {
      const [store, other = store] = scene.stores(2, {
        onConflict: (_base, { cookie: _cookie, ...mine }) => mine as SessionData,
      })
      await store.set('a', scene.session())
      const [mine, theirs] = [await load(store, 'a'), await load(other, 'a')]
      await other.set('a', theirs)
      const later = sessionUntil(scene.clock.now() + 2 * hour, { by: 'me' })
      await store.set('a', Object.assign(mine, later))
      assert.equal(expiryIn(await store.get('a')), scene.clock.now() + 2 * hour)
    },

    async 'bring back no session that was ended'(scene) {
      const [store, other = store] = scene.stores(2, { onConflict: mergeTopLevel })
      await store.set('a', scene.session())
      const [mine, theirs] = [await load(store, 'a'), await load(other, 'a')]
      await other.set('a', Object.assign(theirs, { by: 'them' }))
      await other.destroy('a')
      await store.set('a', Object.assign(mine, { by: 'me' }))
      assert.equal(await store.get('a'), null)
      assert.equal(store.lateWrites, 1)
    },

    async 'go over what processes without the option write, which is not noticed'(scene) {
      const store = scene.store({ onConflict: 'reject' })
      await store.ready
      const old = scene.store()
      await old.set('a', scene.session({ by: 'old' }))
      const loaded = await load(store, 'a')
      await old.set('a', Object.assign(await load(old, 'a'), { by: 'old again' }))
      await store.set('a', Object.assign(loaded, { by: 'new' }))
      assert.deepEqual(await stored(store, 'a'), { by: 'new' })
      const [mine, theirs] = [await load(store, 'a'), await load(store, 'a')]
      await store.set('a', theirs)
      await assert.rejects(store.set('a', mine), { code: 'ERR_CONFLICT' })
      await old.set('a', Object.assign(await load(old, 'a'), { by: 'old' }))
      assert.deepEqual(await stored(store, 'a'), { by: 'old' })
    },
  },
}
