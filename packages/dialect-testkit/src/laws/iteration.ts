import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { KnexSessionStore } from '@knex-session/core'
import type { Concern } from '../kit/concern.js'
import { lookalikes } from '../hostile/lookalike-sids.js'
import { contentsOfEach } from '../scene/each.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, expiryIn, hour, sessionUntil } from '../scene/sessions.js'
import { storeEach } from './session-ids.js'

/** More sessions than a page has. */
const many = 300

/**
 * Ids as express-session makes them: of letters of both cases, digits, `-` and `_`, which
 * collations sort in many ways.
 */
function usualSids(count: number): readonly string[] {
  return Array.from({ length: count }, () => randomBytes(24).toString('base64url'))
}

async function sidsOf(
  entries: ReturnType<KnexSessionStore['entries']>,
): Promise<readonly string[]> {
  const sids: string[] = []
  for await (const { sid } of entries) sids.push(sid)
  return sids
}

/**
 * Every session comes once, more of them than a page has, whatever ids they have of those that the
 * table takes.
 */
export async function eachComesOnce(scene: Scene): Promise<void> {
  const store = scene.store()
  const stored = await storeEach(
    store,
    [...usualSids(many), ...Object.values(lookalikes).flat()],
    scene.clock.now() + hour,
  )
  const expected = [...new Set(stored)].sort()
  assert.ok(expected.length >= many)
  assert.deepEqual([...(await sidsOf(store.entries()))].sort(), expected)
  assert.deepEqual((await store.ids()).sort(), expected)
}

/** What goes through all sessions, however many, and what works on several. */
export const iteration: Concern = {
  title: 'many sessions',
  onDatabase: {
    async 'come one after the other, with their ids and when they end, and none that has expired'(
      scene,
    ) {
      const store = scene.store()
      const end = scene.clock.now() + hour
      const sids = usualSids(many)
      await Promise.all(
        sids.map((sid, number) => store.set(sid, sessionUntil(end + 1_000 * number, { number }))),
      )
      await scene.write(
        usualSids(many).map((sid) => ({ sid, sess: '{"cookie":{}}', expired: scene.at(-1) })),
      )
      const found = new Map<string, number>()
      for await (const { sid, session, expires } of store.entries()) {
        const number = Number(contentsOf(session)?.['number'])
        assert.ok(expires instanceof Date)
        assert.deepEqual(
          [expires.getTime(), expiryIn(session)],
          [end + 1_000 * number, end + 1_000 * number],
        )
        assert.ok(!found.has(sid), 'a session came twice')
        found.set(sid, number)
      }
      assert.deepEqual(
        sids.map((sid) => found.get(sid)),
        [...sids.keys()],
      )
      assert.equal(found.size, many)
      assert.deepEqual((await store.ids()).sort(), [...sids].sort())
    },

    'come once each, whatever their ids': eachComesOnce,

    async 'come once each where they stay, while others are set and ended'(scene) {
      const [store, other = store] = scene.stores(2)
      const session = () => scene.session()
      const [staying, leaving] = [usualSids(many), [...usualSids(many)]]
      await Promise.all([...staying, ...leaving].map((sid) => store.set(sid, session())))
      const found: string[] = []
      for await (const { sid } of store.entries()) {
        found.push(sid)
        if (found.length % 20 !== 0) continue
        const touched = found
          .slice(-5)
          .map((each) => other.touch(each, sessionUntil(scene.clock.now() + 2 * hour)))
        await Promise.all([
          ...touched,
          other.destroy([sid, ...leaving.splice(0, 10)].filter((each) => !staying.includes(each))),
        ])
        await Promise.all(usualSids(10).map((each) => other.set(each, session())))
      }
      assert.equal(new Set(found).size, found.length, 'a session came twice')
      assert.deepEqual(
        staying.filter((sid) => !found.includes(sid)),
        [],
        'a session was left out',
      )
    },

    async 'count as loaded: written later, they revive none that was ended'(scene) {
      const store = scene.store()
      const sids = usualSids(4)
      await Promise.all(sids.map((sid) => store.set(sid, scene.session())))
      for await (const { sid, session } of store.entries()) {
        if (sid === sids[0]) await store.destroy(sid)
        await store.set(sid, Object.assign(session, { seen: true }))
      }
      assert.deepEqual(
        await contentsOfEach(store, sids),
        sids.map((_, number) => (number === 0 ? null : { seen: true })),
      )
      assert.equal(store.lateWrites, 1)
    },

    async 'come without one that cannot be read, whose id is listed; with an error where none can be read'(
      scene,
    ) {
      const store = scene.store({
        serializer: { stringify: (session) => JSON.stringify(session), parse: readableOnly },
      })
      const [good = '', bad = ''] = usualSids(2)
      const session = (contents: Record<string, unknown>) => scene.session(contents)
      await Promise.all([
        store.set(good, session({})),
        store.set(bad, session({ unreadable: true })),
      ])
      assert.deepEqual(await sidsOf(store.entries()), [good])
      assert.deepEqual((await store.ids()).sort(), [good, bad].sort())
      await store.destroy(good)
      await assert.rejects(sidsOf(store.entries()), { code: 'ERR_UNREADABLE_SESSION' })
      await store.destroy(bad)
      assert.deepEqual(await sidsOf(store.entries()), [])
    },

    async 'come until the loop ends, or the store is closed'(scene) {
      const store = scene.store()
      const sids = usualSids(many)
      await Promise.all(sids.map((sid) => store.set(sid, scene.session())))
      for await (const { sid } of store.entries()) {
        assert.ok(sids.includes(sid))
        break
      }
      const entries = store.entries()
      assert.equal((await entries.next()).done, false)
      await store.close()
      await assert.rejects(entries.next(), { code: 'ERR_CLOSED' })
      assert.equal((await entries.next()).done, true)
      await assert.rejects(store.entries().next(), { code: 'ERR_CLOSED' })
      await assert.rejects(store.ids(), { code: 'ERR_CLOSED' })
      await assert.rejects(store.destroy(sids), { code: 'ERR_CLOSED' })
    },

    async 'are ended by one call, which counts those that were there'(scene) {
      const store = scene.store()
      const sids = usualSids(many)
      await Promise.all(sids.map((sid) => store.set(sid, scene.session())))
      const ended = sids.slice(0, 200)
      assert.equal(
        await store.destroy([
          ...ended,
          ...ended.slice(0, 50),
          ...usualSids(50),
          'x'.repeat(300),
          '',
        ]),
        200,
      )
      assert.equal(await store.destroy(ended), 0)
      assert.equal(await store.destroy([]), 0)
      assert.deepEqual((await store.ids()).sort(), sids.slice(200).sort())
      await assert.rejects(store.destroy([sids[250], null] as never), { code: 'ERR_INVALID_SID' })
      assert.equal(await store.length(), 100)
    },

    async 'are ended in the order of the calls for each'(scene) {
      const store = scene.store()
      const sids = usualSids(many)
      const setAll = (turn: number) => sids.map((sid) => store.set(sid, scene.session({ turn })))
      const calls = [...setAll(1), store.destroy(sids), ...setAll(2)]
      await Promise.all(calls)
      assert.deepEqual(
        await contentsOfEach(store, sids),
        sids.map(() => ({ turn: 2 })),
      )
      await Promise.all([...setAll(3), store.destroy(sids)])
      assert.equal(await store.length(), 0)
    },
  },
}

function readableOnly(text: string): ReturnType<typeof sessionUntil> {
  if (text.includes('unreadable')) throw new Error('cannot be read')
  return JSON.parse(text) as ReturnType<typeof sessionUntil>
}
