import assert from 'node:assert/strict'
import { qualifiedName } from '@knex-session/core/dialect'
import type { Concern } from '../kit/concern.js'
import { plainRows } from '../scene/rows.js'
import type { Scene } from '../scene/scene.js'

/** The scene's table with three rows, as queries name it. */
async function filledTable(scene: Scene): Promise<{ readonly name: string }> {
  await scene.createTable()
  await scene.write(plainRows(3, scene.at(0)))
  return { name: scene.knex.raw(qualifiedName(scene.adapter, scene.table)) as unknown as string }
}

const advice =
  'look at what the `processResponse` of the knex client does with a query whose `method` is'

/**
 * What the store takes for granted of the knex client, which may be a class of the adapter's
 * author.
 */
export const knexClient: Concern = {
  title: 'the knex client',
  onDatabase: {
    async 'gives the rows of a select as an array'(scene) {
      const { name } = await filledTable(scene)
      const rows: unknown = await scene.knex.from(name).select({ one: scene.knex.raw('1') })
      assert.ok(Array.isArray(rows), `a select gave no array; ${advice} \`select\``)
      assert.deepEqual(
        Array.from(rows as readonly { readonly one: unknown }[], ({ one }) => Number(one)),
        [1, 1, 1],
      )
    },

    async 'gives the number of rows that a delete removed'(scene) {
      const { name } = await filledTable(scene)
      for (const expected of [3, 0]) {
        const removed: unknown = await scene.knex.from(name).del()
        assert.equal(typeof removed, 'number', `a delete gave no number; ${advice} \`del\``)
        assert.equal(removed, expected)
      }
    },
  },
}
