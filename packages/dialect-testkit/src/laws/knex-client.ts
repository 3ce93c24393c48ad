import assert from 'node:assert/strict'
import { qualifiedName } from '@knex-session/core/dialect'
import type { Knex } from 'knex'
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

    async 'rolls back a transaction that fails, and commits one that does not'(scene) {
      const { name } = await filledTable(scene)
      const empty = async (transaction: Knex.Transaction) => {
        await transaction.from(name).del()
      }
      const failed = scene.knex.transaction(async (transaction) => {
        await empty(transaction)
        throw new Error('of the application')
      })
      await assert.rejects(failed, /^Error: of the application$/)
      assert.equal((await scene.rows()).length, 3, 'the deletes of a failed transaction stayed')
      await scene.knex.transaction(empty)
      assert.deepEqual(await scene.rows(), [], 'the deletes of a transaction were lost')
    },

    async 'rejects each statement that fails, and goes on with the next ones'(scene) {
      const { name } = await filledTable(scene)
      // More than a pool has connections: one that is not given back is missed.
      for (let time = 0; time < 10; time++) {
        await assert.rejects(
          Promise.resolve(scene.knex.from(name).select('no_such_column')),
          'a statement on a column that is not there did not fail',
        )
      }
      assert.equal((await scene.rows()).length, 3)
    },
  },
}
