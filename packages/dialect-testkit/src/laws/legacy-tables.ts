import assert from 'node:assert/strict'
import type { Concern } from '../kit/concern.js'
import { hostileTexts, nested } from '../hostile/hostile-values.js'
import { lookalikes } from '../hostile/lookalike-sids.js'
import { settled } from '../scene/outcomes.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'
import { answersOnlyToItself, drawnIdsStayDistinct, stayDistinct } from './session-ids.js'

const modes = [true, { lanes: 1 }, false] as const

function lookalikeLaws(): NonNullable<Concern['onDatabase']> {
  return Object.fromEntries(
    Object.entries(lookalikes).map(([what, sids]) => [
      `keep ids distinct or refuse them, never mix them up: ${what}`,
      async (scene: Scene) => {
        await scene.createLegacyTable()
        await answersOnlyToItself(scene, sids)
        // Where the default character set lacks them all, the plain one is left.
        await stayDistinct(scene, [...sids, 'plain'], { batch: true })
        await stayDistinct(scene, ['plain', ...[...sids].reverse()], { batch: false })
      },
    ]),
  )
}

/**
 * Tables that connect-session-knex made: their types and collations are the database's defaults.
 */
export const legacyTables: Concern = {
  title: 'tables of connect-session-knex',
  appliesTo: ({ capabilities }) => capabilities.legacyTables,
  onDatabase: {
    ...lookalikeLaws(),

    async 'keep ids distinct or refuse them, never mix them up: whatever is drawn'(scene) {
      await scene.createLegacyTable()
      await drawnIdsStayDistinct(scene, 40)
    },

    async 'refuse an id that their collation takes for a stored one at once, by an error that says so'(
      scene,
    ) {
      await scene.createLegacyTable()
      for (const batch of modes) {
        const store = scene.store({ batch })
        const session = scene.session({ of: 'first' })
        await store.set('AbC', session)
        const started = performance.now()
        const outcomes = await settled(
          ['abc', 'abC', 'neighbour'].map((sid) => store.set(sid, session)),
        )
        assert.ok(performance.now() - started < 3_000, 'it was tried again and again')
        for (const { error } of outcomes.slice(0, 2)) {
          if (error !== undefined) assert.equal((error as { code?: unknown }).code, 'ERR_SID_TAKEN')
        }
        assert.equal(outcomes[2]?.error, undefined)
        assert.deepEqual(contentsOf(await store.get('AbC')), { of: 'first' })
        await store.clear()
      }
    },

    async 'give back whatever text sessions hold'(scene) {
      await scene.createLegacyTable()
      for (const batch of modes) {
        const store = scene.store({ batch })
        const later = scene.clock.now() + hour
        const values = [
          ...hostileTexts,
          nested(200, (inner) => [inner]),
          JSON.parse('{"__proto__":{"admin":true}}') as unknown,
        ]
        await Promise.all(
          values.map((value, index) => store.set(String(index), sessionUntil(later, { value }))),
        )
        const read = await Promise.all(values.map((_, index) => store.get(String(index))))
        assert.deepEqual(
          read.map(contentsOf),
          values.map((value) => JSON.parse(JSON.stringify({ value })) as unknown),
        )
      }
    },
  },
}
