import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import fc from 'fast-check'
import type { Concern } from '../kit/concern.js'
import { confusingSids, lookalikes } from '../hostile/lookalike-sids.js'
import { contentsOfEach } from '../scene/each.js'
import { settled } from '../scene/outcomes.js'
import { forEvery } from '../scene/property.js'
import type { Scene } from '../scene/scene.js'
import { hour, sessionUntil } from '../scene/sessions.js'

/** The step of an expiry in every table, also those of whole seconds, in ms. */
const second = 1_000

/** Ids that no store may take: some database cuts, changes or confuses them. */
const impossible = {
  'an empty one': '',
  'one of 256 characters': 'x'.repeat(256),
  'one of 5,000 characters': 'x'.repeat(5_000),
  'one of 255 characters and a blank': `${'x'.repeat(255)} `,
  'one with a NUL': 'a\0b',
  'one with the first half of a surrogate pair': 'a\ud83c',
  'one with the second half of a surrogate pair': '\udf6ab',
}

/** It says what is wrong with the id, or with the table, and not that time is up. */
export function assertClearRefusal(error: unknown): void {
  const { name, code } = error as { name?: unknown; code?: unknown }
  assert.equal(name, 'SessionStoreError')
  assert.ok(code === 'ERR_INVALID_SID' || code === 'ERR_SID_TAKEN', String(code))
}

/**
 * Sets a session for each id; resolves to the ids that were stored. Others must be refused by an
 * error of the store.
 */
export async function storeEach(
  store: KnexSessionStore,
  sids: readonly string[],
  expires: number,
): Promise<readonly string[]> {
  const outcomes = await settled(
    sids.map((sid) => store.set(sid, sessionUntil(expires, { of: sid }))),
  )
  return sids.filter((_, index) => {
    const error = outcomes[index]?.error
    if (error !== undefined) assertClearRefusal(error)
    return error === undefined
  })
}

/** A lone session is neither read, moved nor removed by the ids that look like its own. */
export async function answersOnlyToItself(scene: Scene, sids: readonly string[]): Promise<void> {
  const store = scene.store()
  const later = scene.clock.now() + hour
  for (const sid of sids) {
    const others = sids.filter((other) => other !== sid)
    if ((await storeEach(store, [sid], later)).length === 0) continue
    assert.deepEqual(
      await contentsOfEach(store, others),
      others.map(() => null),
      'read by another id',
    )
    for (const other of others) assert.equal(await store.get(other), null, 'read by another id')
    await Promise.all(others.map((other) => store.touch(other, sessionUntil(later + hour))))
    for (const other of others) await store.touch(other, sessionUntil(later + hour))
    assert.deepEqual(
      await Promise.all(others.map((other) => store.destroy(other))),
      others.map(() => 0),
      'removed by another id',
    )
    for (const other of others) assert.equal(await store.destroy(other), 0, 'removed by another id')
    assert.deepEqual(
      (await scene.rows()).map((row) => [row.sid, row.expired]),
      [[sid, later]],
    )
    assert.equal(await store.destroy(sid), 1)
  }
}

/**
 * All of them at once: those that are stored stay distinct, through replacing, touching and
 * destroying.
 */
export async function stayDistinct(
  scene: Scene,
  sids: readonly string[],
  lanes: { readonly batch: boolean },
): Promise<void> {
  const store = scene.store(lanes)
  const later = scene.clock.now() + hour
  await storeEach(store, sids, later)
  const stored = await storeEach(store, sids, later)
  assert.ok(stored.length > 0)
  assert.deepEqual(
    await contentsOfEach(store, stored),
    stored.map((sid) => ({ of: sid })),
  )
  assert.equal((await scene.rows()).length, stored.length)
  await Promise.all(
    stored.map((sid, index) => store.touch(sid, sessionUntil(later + index * second))),
  )
  const expiries = new Map((await scene.rows()).map((row) => [row.sid, row.expired - later]))
  assert.deepEqual(
    stored.map((sid) => expiries.get(sid)),
    stored.map((_, index) => index * second),
  )
  const [first, ...rest] = stored
  assert.equal(await store.destroy(first ?? ''), 1)
  assert.deepEqual(
    await contentsOfEach(store, rest),
    rest.map((sid) => ({ of: sid })),
  )
  assert.deepEqual(await Promise.all(stored.map((sid) => store.destroy(sid))), [
    0,
    ...rest.map(() => 1),
  ])
}

/** Whatever ids are drawn: those that are stored stay distinct, and the others are refused. */
export async function drawnIdsStayDistinct(scene: Scene, runs: number): Promise<void> {
  const stores = [scene.store(), scene.store({ batch: false })]
  await forEvery(
    fc.asyncProperty(confusingSids, fc.constantFrom(...stores), async (sids, store) => {
      await store.clear()
      const stored = await storeEach(store, sids, scene.clock.now() + hour)
      assert.deepEqual(
        await contentsOfEach(store, sids),
        sids.map((sid) => (stored.includes(sid) ? { of: sid } : null)),
      )
      assert.equal(await store.length(), stored.length)
    }),
    runs,
  )
}

function lookalikeLaws(): NonNullable<Concern['onDatabase']> {
  const laws: Record<string, (scene: Scene) => Promise<void>> = {}
  for (const [what, sids] of Object.entries(lookalikes)) {
    laws[`stay distinct or are refused, never mixed up: ${what}`] = async (scene) => {
      await answersOnlyToItself(scene, sids)
      await stayDistinct(scene, sids, { batch: true })
      await stayDistinct(scene, [...sids].reverse(), { batch: false })
    }
  }
  for (const [what, sid] of Object.entries(impossible)) {
    laws[`are refused when they cannot be kept: ${what}`] = async (scene) => {
      const store = scene.store()
      const session = scene.session()
      await assert.rejects(store.set(sid, session), { code: 'ERR_INVALID_SID' })
      assert.equal(await store.get(sid), null)
      await store.touch(sid, session)
      assert.equal(await store.destroy(sid), 0)
      assert.equal(await store.length(), 0)
    }
  }
  return laws
}

/** Session ids: compared byte for byte, whatever the database thinks of them. */
export const sessionIds: Concern = {
  title: 'session ids',
  onDatabase: {
    ...lookalikeLaws(),

    'stay distinct or are refused, never mixed up: whatever is drawn'(scene) {
      return drawnIdsStayDistinct(scene, 40)
    },

    async 'may be 255 characters long, of one to four bytes each'(scene) {
      const store = scene.store()
      const sids = ['x', 'é', '€', '漢']
        .map((letter) => letter.repeat(255))
        .concat(`${'🍪'.repeat(127)}x`)
      assert.deepEqual(await storeEach(store, sids, scene.clock.now() + hour), sids)
      assert.deepEqual(
        await contentsOfEach(store, sids),
        sids.map((sid) => ({ of: sid })),
      )
    },

    async 'are plain letters and digits, whose case counts, on every database'(scene) {
      const store = scene.store()
      const sids = [
        'aBcDeFgHiJkLmNoPqRsTuVwXyZ-0_1',
        'abcdefghijklmnopqrstuvwxyz-0_1',
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ-0_1',
        '0',
        '1',
        'sess:1',
        'a.b~c',
      ]
      assert.deepEqual(await storeEach(store, sids, scene.clock.now() + hour), sids)
      assert.deepEqual(
        await contentsOfEach(store, sids),
        sids.map((sid) => ({ of: sid })),
      )
    },

    async 'are refused when they are no strings, without throwing at once'(scene) {
      const store = scene.store()
      const session = scene.session()
      for (const wrong of [
        undefined,
        null,
        1,
        true,
        {},
        ['sid'],
        new Date(0),
        Buffer.from('sid'),
        Symbol('sid'),
      ] as unknown as string[]) {
        const destroyed = store.destroy(Array.isArray(wrong) ? [wrong] : wrong)
        const calls = [
          store.get(wrong),
          store.set(wrong, session),
          store.touch(wrong, session),
          destroyed,
        ]
        for (const { error } of await settled<unknown>(calls))
          assert.equal((error as { code?: unknown }).code, 'ERR_INVALID_SID')
      }
      assert.equal(await store.length(), 0)
    },
  },
}
