import assert from 'node:assert/strict'
import type { Concern } from '../kit/concern.js'
import { parsed, sizesWithin } from '../scene/batches.js'
import { plainRows } from '../scene/rows.js'
import { hour } from '../scene/sessions.js'

/** The adapter's own way to touch, where it has one. */
export const touchBatches: Concern = {
  title: 'batches touched in the adapter’s own way',
  appliesTo: ({ adapter }) => adapter.queries?.touch !== undefined,
  onDatabase: {
    async 'move each live row to its own time, and make no new rows'(scene) {
      const { adapter } = scene
      await scene.createTable()
      const rows = plainRows(adapter.limits.rows, scene.at(0))
      const stored = rows
        .map((row, index) => (index % 3 === 1 ? { ...row, expired: scene.at(0) } : row))
        .filter((_, index) => index % 3 < 2)
      for (const durable of [true, false]) {
        for (const size of sizesWithin(adapter.limits.rows)) {
          await scene.write(stored)
          const moved = rows
            .slice(0, size)
            .map((row, index) => ({ sid: row.sid, expired: scene.at(hour + index) }))
          await scene.run(
            adapter.queries?.touch?.statement(scene.table, moved, scene.at(0), { durable }) ??
              assert.fail(),
          )
          const times = new Map(moved.map((row) => [row.sid, row.expired]))
          const expected = stored.map((row) => ({
            ...row,
            expired: row.expired > scene.at(0) ? (times.get(row.sid) ?? row.expired) : row.expired,
          }))
          assert.deepEqual(parsed(await scene.rows()), parsed(expected), `${String(size)} rows`)
        }
      }
    },
  },
}
