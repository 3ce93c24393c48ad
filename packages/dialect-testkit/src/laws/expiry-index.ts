import assert from 'node:assert/strict'
import type { Concern } from '../kit/concern.js'
import type { Scene } from '../scene/scene.js'

/** The number of indexes on the expiry of each of the tables. */
async function counts(
  { target, knex }: Scene,
  tableNames: readonly string[],
): Promise<readonly number[]> {
  return Promise.all(
    tableNames.map(async (tableName) => (await target.expiryIndexes?.(knex, tableName)) ?? 0),
  )
}

/** The index on the expiry, without which every prune, `all` and `length` reads the whole table. */
export const expiryIndex: Concern = {
  title: 'the index on the expiry',
  appliesTo: ({ expiryIndexes }) => expiryIndexes !== undefined,
  onDatabase: {
    async 'is made once, by however many stores start at once'(scene) {
      await Promise.all(scene.stores(8).map((store) => store.ready))
      assert.deepEqual(await counts(scene, [scene.table.tableName]), [1])
    },

    async 'is made although a table that was renamed kept the name of its own, as often as that happens'(
      scene,
    ) {
      const { tableName } = scene.table
      const former = ['_1', '_2'].map((end) => scene.newTable({ tableName: tableName + end }))
      for (const { tableName: renamed } of former) {
        await scene.store().ready
        await scene.knex.schema.renameTable(tableName, renamed)
      }
      await scene.store().ready
      assert.deepEqual(
        await counts(scene, [tableName, ...former.map((table) => table.tableName)]),
        [1, 1, 1],
      )
    },

    async 'is made for tables whose names differ in a dash only'(scene) {
      const tables = ['-of-users', '_of_users', '-of_users'].map((end) =>
        scene.newTable({ tableName: scene.table.tableName + end }),
      )
      for (const table of tables) await scene.createTable(table)
      assert.deepEqual(
        await counts(
          scene,
          tables.map(({ tableName }) => tableName),
        ),
        [1, 1, 1],
      )
    },
  },
}
