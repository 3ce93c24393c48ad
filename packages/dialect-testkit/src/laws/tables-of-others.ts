import assert from 'node:assert/strict'
import type { Concern } from '../kit/concern.js'
import { contentsOfEach, numbered } from '../scene/each.js'
import { foundBy } from '../scene/found-table.js'
import { settled } from '../scene/outcomes.js'
import { plainRows } from '../scene/rows.js'
import { contentsOf, hour, minute, sessionUntil } from '../scene/sessions.js'

const sids = numbered(20)

/** Tables that were made by hand or by a migration. */
export const tablesOfOthers: Concern = {
  title: 'tables made by others',
  appliesTo: ({ capabilities }) => capabilities.legacyTables,
  onDatabase: {
    async 'work where the key of the session id is not the primary one'(scene) {
      const { sid, sess, expired } = scene.table.column
      await scene.knex.schema.createTable(scene.table.tableName, (columns) => {
        columns.increments('number')
        columns.string(sid.name).notNullable().unique()
        columns.json(sess.name).notNullable()
        columns.dateTime(expired.name).notNullable().index()
      })
      const now = scene.clock.now()
      for (const batch of [true, false]) {
        const store = scene.store({ batch })
        const setAll = (of: string) =>
          Promise.all(
            sids.map((each) => store.set(each, sessionUntil(now + hour, { of: of + each }))),
          )
        await setAll('')
        await setAll('again ')
        assert.equal(await store.length(), sids.length)
        assert.deepEqual(
          await contentsOfEach(store, sids),
          sids.map((each) => ({ of: `again ${each}` })),
        )
        await Promise.all(
          sids.slice(0, 10).map((each) => store.touch(each, sessionUntil(now + 3 * hour))),
        )
        scene.clock.advance(2 * hour)
        assert.equal(await store.prune(), 10)
        const removed = await Promise.all(sids.map((each) => store.destroy(each)))
        assert.deepEqual(
          removed,
          sids.map((_, index) => (index < 10 ? 1 : 0)),
        )
        scene.clock.advance(-2 * hour)
      }
    },

    async 'refuse at once and by itself what another unique key forbids, and do not change the session that has it'(
      scene,
    ) {
      await scene.createLegacyTable()
      await scene.knex.schema.alterTable(scene.table.tableName, (columns) => {
        columns.unique([scene.table.column.expired.name])
      })
      for (const batch of [true, { lanes: 1 }, false] as const) {
        const store = scene.store({ batch })
        const until = (minutes: number) =>
          sessionUntil(scene.clock.now() + hour + minutes * minute, { minutes })
        await store.set('first', until(0))
        const started = performance.now()
        const neighbours = Array.from({ length: 10 }, (_, index) => index + 1)
        const sets = [...neighbours, 0].map((minutes) =>
          store.set(`sid ${String(minutes)}`, until(minutes)),
        )
        const outcomes = await settled(sets)
        assert.ok(performance.now() - started < 3_000, 'it was tried again and again')
        assert.deepEqual(
          outcomes.map(({ error }) => (error as { code?: unknown } | undefined)?.code),
          [...neighbours.map(() => undefined), 'ERR_SID_TAKEN'],
        )
        assert.deepEqual(contentsOf(await store.get('first')), { minutes: 0 })
        assert.equal(await store.get('sid 0'), null)
        await store.clear()
      }
    },

    async 'lose all expired rows but those that a foreign key holds, and one error reports these'(
      scene,
    ) {
      const { sid } = scene.table.column
      const { tableName } = scene.table
      const referring = `${tableName}_of`
      await scene.createLegacyTable()
      const rows = plainRows(160, scene.at(0))
      const found = await foundBy(scene)
      await scene.write(rows, found)
      await scene.write(plainRows(10, scene.at(48 * hour), 'live'), found)
      const held = [0, 1, 70, 159].map((place) => ({ [sid.name]: rows[place]?.sid }))
      await scene.knex.schema.createTable(referring, (columns) => {
        columns.string(sid.name).references(sid.name).inTable(tableName)
      })
      try {
        await scene.knex(referring).insert(held)
        const deletion = scene.knex(tableName).where(held[0] ?? {})
        // SQLite holds rows only on connections that ask for it.
        const holds = await deletion.del().then(
          () => false,
          () => true,
        )
        scene.clock.advance(24 * hour)
        const store = scene.store()
        for (let round = 0; round < 2; round++) {
          const error = await store.prune().then(
            () => undefined,
            (thrown: unknown) => thrown,
          )
          if (holds)
            assert.match(
              String((error as Error | undefined)?.message),
              /4 expired rows could not be deleted/,
            )
          else assert.equal(error, undefined)
          assert.equal((await scene.rows()).length, holds ? 14 : 10)
        }
        await scene.knex(referring).del()
        assert.equal(await store.prune(), holds ? 4 : 0)
      } finally {
        await scene.knex.schema.dropTable(referring)
      }
    },
  },
}
