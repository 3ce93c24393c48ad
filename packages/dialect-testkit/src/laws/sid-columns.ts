import assert from 'node:assert/strict'
import type { Concern } from '../kit/concern.js'
import { lookalikes } from '../hostile/lookalike-sids.js'
import { contentsOfEach, numbered } from '../scene/each.js'
import { settled } from '../scene/outcomes.js'
import { Scene } from '../scene/scene.js'
import type { SidColumn } from '../kit/target.js'
import { eachComesOnce } from './iteration.js'
import {
  answersOnlyToItself,
  assertClearRefusal,
  drawnIdsStayDistinct,
  stayDistinct,
} from './session-ids.js'

/**
 * Plays a law on a table with each of the target's columns, on connections as they are used with
 * it.
 */
async function onEachColumn(
  { target }: Scene,
  law: (scene: Scene, column: SidColumn) => Promise<void>,
): Promise<void> {
  for (const column of target.sidColumns ?? []) {
    const open = column.connect ?? target.connect ?? assert.fail()
    const knex = open({ connections: 4 })
    const scene = new Scene(target, { knex, open })
    try {
      await scene.createLegacyTable(scene.table, { sidType: column.type })
      await law(scene, column)
      await scene.end()
    } catch (broken) {
      await scene.end().catch(() => undefined)
      throw new Error(`broken on a column of type ${column.type}`, { cause: broken })
    } finally {
      await knex.destroy()
    }
  }
}

function lookalikeLaws(): NonNullable<Concern['onDatabase']> {
  return Object.fromEntries(
    Object.entries(lookalikes).map(([what, sids]) => [
      `keep ids distinct or refuse them, never mix them up: ${what}`,
      (scene: Scene) =>
        onEachColumn(scene, async (inner) => {
          await answersOnlyToItself(inner, sids)
          // Where the character set lacks them all, the plain one is left.
          await stayDistinct(inner, [...sids, 'plain'], { batch: true })
          await stayDistinct(inner, ['plain', ...[...sids].reverse()], { batch: false })
        }),
    ]),
  )
}

/** What a character becomes where it is missing, beside ids that hold such characters. */
const replaceable = [
  '?',
  '??',
  '????',
  'a?',
  'a漢',
  'a語',
  'aé',
  'aè',
  'a🍪',
  'a🍩',
  '漢',
  '語',
  '🍪',
  '🍩',
  'Ā',
  'Ą',
]

/** Tables with a column for the session id that is not as the store makes it. */
export const sidColumns: Concern = {
  title: 'a column for session ids of another type',
  appliesTo: ({ sidColumns: columns = [] }) => columns.length > 0,
  onDatabase: {
    ...lookalikeLaws(),

    async 'keep ids distinct or refuse them, never mix them up: characters that are missing, and what stands for them'(
      scene,
    ) {
      await onEachColumn(scene, async (inner) => {
        await answersOnlyToItself(inner, replaceable)
        await stayDistinct(inner, [...replaceable, 'plain'], { batch: true })
        await stayDistinct(inner, ['plain', ...[...replaceable].reverse()], { batch: false })
      })
    },

    async 'keep ids distinct or refuse them, never mix them up: whatever is drawn'(scene) {
      await onEachColumn(scene, (inner) => drawnIdsStayDistinct(inner, 20))
    },

    async 'have every session come once, however they sort their ids'(scene) {
      await onEachColumn(scene, eachComesOnce)
    },

    async 'refuse an id that they cannot keep at once and by itself, with an error that says so'(
      scene,
    ) {
      await onEachColumn(scene, async (inner) => {
        for (const batch of [true, { lanes: 1 }, false] as const) {
          const store = inner.store({ batch })
          const session = (of: string) => inner.session({ of })
          await store.set('AbC', session('AbC'))
          const started = performance.now()
          const hostile = [
            'abc',
            'abC',
            'ab漢',
            'ab語',
            'ab🍪',
            'é',
            `${'x'.repeat(254)}1`,
            `${'x'.repeat(254)}2`,
          ]
          const neighbours = numbered(32, 'neighbour-')
          const sids = neighbours.flatMap((sid, index) => [sid, ...hostile.slice(index, index + 1)])
          const outcomes = await settled(sids.map((sid) => store.set(sid, session(sid))))
          assert.ok(performance.now() - started < 3_000, 'it was tried again and again')
          const kept = sids.filter((_, index) => outcomes[index]?.error === undefined)
          for (const { error } of outcomes) if (error !== undefined) assertClearRefusal(error)
          assert.deepEqual(
            neighbours.filter((sid) => !kept.includes(sid)),
            [],
            'a neighbour was refused as well',
          )
          assert.deepEqual(
            await contentsOfEach(store, ['AbC', ...sids]),
            ['AbC', ...sids].map((of) => (of === 'AbC' || kept.includes(of) ? { of } : null)),
          )
          await store.clear()
        }
      })
    },
  },
}
