import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { encryption } from '@knex-session/core/encryption'
import { hostileTexts, nested } from '../hostile/hostile-values.js'
import type { Concern } from '../kit/concern.js'
import { canary } from '../scene/rows.js'
import type { Scene } from '../scene/scene.js'
import {
  contentsOf,
  expiryIn,
  hour,
  minute,
  sessionUntil,
  type Contents,
} from '../scene/sessions.js'

const [key, old] = [randomBytes(32), randomBytes(32)]
const serializer = encryption({ keys: [key] })

const unreadable = { code: 'ERR_UNREADABLE_SESSION' }

/** Gives a row the text of another one, or any text, as one who can write to the table would. */
async function forge(scene: Scene, sid: string, change: (sess: string) => string, of = sid) {
  const rows = await scene.rows()
  const sess = change(rows.find((row) => row.sid === of)?.sess ?? '')
  await scene.write([{ sid, sess, expired: scene.at(hour) }])
}

/** What the serializer of `@knex-session/core/encryption` makes of sessions. */
export const encryptedSessions: Concern = {
  title: 'encrypted sessions',
  onDatabase: {
    async 'come back as they were, whatever they hold'(scene) {
      const store = scene.store({ serializer })
      const values: readonly Contents[] = [
        ...hostileTexts.map((text) => ({ text, [`key ${text}`]: [text] })),
        { big: 'é🍪'.repeat(40_000) },
        { numbers: [0.1 + 0.2, -0, 1e21, 2 ** 53, 5e-324, 1.7976931348623157e308] },
        { deep: nested(90, (inner) => [inner]) },
        { encrypted: 'text' },
      ]
      await Promise.all(
        values.map((contents, place) => store.set(String(place), scene.session(contents))),
      )
      await Promise.all(
        values.map(async (contents, place) => {
          const read = await store.get(String(place))
          const expected = JSON.parse(JSON.stringify(contents)) as unknown
          assert.deepEqual(contentsOf(read), expected)
          await store.set(String(place), read as never)
          assert.deepEqual(contentsOf(await store.get(String(place))), expected)
        }),
      )
      const later = scene.clock.now() + hour + minute
      await store.touch('0', sessionUntil(later))
      assert.equal(expiryIn(await store.get('0')), later)
      assert.equal((await store.all()).length, values.length)
    },

    async 'are nothing to whoever reads the table: neither names nor values'(scene) {
      const store = scene.store({ serializer })
      await store.set('a', scene.session({ [canary]: canary }))
      const [row] = await scene.rows()
      assert.ok(row && !row.sess.includes(canary) && !row.sess.includes('cookie'))
      const found = Buffer.from(row.sess.split(/[."]/).at(-2) ?? '', 'base64url')
      assert.ok(found.length > 60 && !found.includes(canary), 'it is only encoded')
    },

    async 'belong to their rows: one that was moved, changed or made by somebody else is refused'(
      scene,
    ) {
      const store = scene.store({ serializer })
      await store.set('mine', scene.session({ user: 'mallory' }))
      await store.set('his', scene.session({ user: 'ann' }))
      await forge(scene, 'mine', (sess) => sess, 'his')
      await assert.rejects(store.get('mine'), unreadable)
      assert.deepEqual(contentsOf(await store.get('his')), { user: 'ann' })
      await store.set('mine', scene.session({ user: 'mallory' }))
      await forge(scene, 'mine', (sess) =>
        sess.replace(/....$/, (end) =>
          end.startsWith('A') ? `B${end.slice(1)}` : `A${end.slice(1)}`,
        ),
      )
      await forge(scene, 'other', () => JSON.stringify(scene.session({ user: 'ann' })))
      await forge(scene, 'strange', () => '{"encrypted":"none.AAAA"}')
      for (const sid of ['mine', 'other', 'strange'])
        await assert.rejects(store.get(sid), unreadable)
      assert.equal((await store.all()).length, 1)
    },

    async 'change their keys without anybody noticing'(scene) {
      const before = scene.store({ serializer: encryption({ keys: [old] }) })
      const between = scene.store({ serializer: encryption({ keys: [key, old] }) })
      const after = scene.store({ serializer })
      for (const sid of ['a', 'b']) await before.set(sid, scene.session({ sid }))
      await assert.rejects(after.get('a'), unreadable)
      for await (const { sid, session } of between.entries()) await between.set(sid, session)
      for (const sid of ['a', 'b']) assert.deepEqual(contentsOf(await after.get(sid)), { sid })
    },

    async 'are beside plain ones for as long as those are read'(scene) {
      const before = scene.store()
      await before.set('a', scene.session({ from: 'before' }))
      const reading = scene.store({ serializer: encryption({ keys: [key], plain: 'read' }) })
      const strict = scene.store({ serializer })
      await assert.rejects(strict.get('a'), unreadable)
      const session = await reading.get('a')
      assert.deepEqual(contentsOf(session), { from: 'before' })
      await reading.set('a', session as never)
      assert.deepEqual(contentsOf(await strict.get('a')), { from: 'before' })
    },

    async 'are those of a user all the same, and move to hashed ids as they are'(scene) {
      const userId = (session: unknown) => (session as { user?: string }).user
      const before = scene.store({ serializer, userId })
      await before.set('a', scene.session({ user: 'ann' }))
      const store = scene.store({ serializer, userId, hashIds: true })
      assert.deepEqual(contentsOf(await store.get('a')), { user: 'ann' })
      assert.ok((await scene.rows()).every(({ sid }) => sid.startsWith('sha256:')))
      const [info] = await store.sessionsOf('ann').list('a')
      assert.deepEqual(contentsOf(info?.session ?? null), { user: 'ann' })
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
    },
  },
}
