import assert from 'node:assert/strict'
import type { Concern } from '../kit/concern.js'
import { errorOf } from '../scene/outcomes.js'
import { assertSilent, errorsOfEveryCall } from '../scene/silent-errors.js'

/** A server that is not there. */
export const refusedConnections: Concern = {
  title: 'a server that refuses connections',
  appliesTo: ({ connectRefused }) => connectRefused !== undefined,
  onDatabase: {
    async 'is classified as `connection`'(scene) {
      const knex = scene.target.connectRefused?.() ?? assert.fail()
      try {
        assert.equal(
          scene.adapter.classify(await errorOf(knex.from(scene.table.tableName).select().then())),
          'connection',
        )
      } finally {
        await knex.destroy()
      }
    },

    async 'makes calls fail in time, by an error that says nothing of a session'(scene) {
      const knex = scene.target.connectRefused?.() ?? assert.fail()
      try {
        const failures = await errorsOfEveryCall(scene, { knex, timeout: 300 })
        assertSilent(failures)
        for (const error of failures)
          assert.match((error as { code: string }).code, /^ERR_(?:CONNECTION|TIMEOUT)$/)
        assert.ok(failures.some((error) => (error as { kind?: unknown }).kind === 'connection'))
      } finally {
        await knex.destroy()
      }
    },
  },
}
