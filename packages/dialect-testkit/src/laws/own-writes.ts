import assert from 'node:assert/strict'
import type { SessionRow } from '@knex-session/core/dialect'
import type { Concern } from '../kit/concern.js'
import { parsed, sizesWithin } from '../scene/batches.js'
import { plainRows } from '../scene/rows.js'
import type { Scene } from '../scene/scene.js'
import { hour } from '../scene/sessions.js'

/** Two thirds of the rows, one half of which has expired. */
function stored(scene: Scene, rows: readonly SessionRow[]): readonly SessionRow[] {
  return rows
    .map((row, index) => (index % 3 === 1 ? { ...row, expired: scene.at(-hour) } : row))
    .filter((_, index) => index % 3 < 2)
}

/** Two ids that many a collation takes for one. */
const alike = ['a sid', 'A SID'] as const

/** One of the two with a row of its own. */
async function withAlike(
  scene: Scene,
): Promise<{ readonly there: SessionRow; readonly other: SessionRow }> {
  await scene.createTable()
  const [there, other] = alike.map((sid, n) => ({
    sid,
    sess: JSON.stringify({ n }),
    expired: scene.at(hour),
  }))
  assert.ok(there && other)
  await scene.write([there])
  return { there, other }
}

/** A row that no database takes, among others. */
function withWrong(rows: readonly SessionRow[]): readonly SessionRow[] {
  return rows.map((row, index) =>
    index === rows.length - 2 ? { ...row, sess: null as unknown as string } : row,
  )
}

/** The adapter's own way to write rows that are there, where it has one. */
export const updateBatches: Concern = {
  title: 'batches updated in the adapter’s own way',
  appliesTo: ({ adapter }) => adapter.queries?.update !== undefined,
  onDatabase: {
    async 'write each row that is there, expired or not, make no new ones, and say which or how many'(
      scene,
    ) {
      const update = scene.adapter.queries?.update ?? assert.fail()
      await scene.createTable()
      const rows = plainRows(scene.adapter.limits.rows, scene.at(0))
      const before = stored(scene, rows)
      for (const size of sizesWithin(scene.adapter.limits.rows)) {
        await scene.write(before)
        const written = rows.slice(0, size).map((row, index) => ({
          ...row,
          sess: JSON.stringify({ size, index, text: 'é'.repeat(index) }),
          expired: scene.at(hour + index),
        }))
        const reported = update.answer(await scene.run(update.statement(scene.table, written)))
        const bySid = new Map(written.map((row) => [row.sid, row]))
        const after = before.map((row) => bySid.get(row.sid) ?? row)
        assert.deepEqual(parsed(await scene.rows()), parsed(after), `${String(size)} rows`)
        const there = before.map(({ sid }) => sid).filter((sid) => bySid.has(sid))
        if (typeof reported === 'object')
          assert.deepEqual([...reported].sort(), there, `${String(size)} rows`)
        else if (reported !== undefined)
          assert.equal(reported, there.length, `${String(size)} rows`)
      }
    },

    async 'keep short and very long sessions each in its row'(scene) {
      const update = scene.adapter.queries?.update ?? assert.fail()
      await scene.createTable()
      const rows = plainRows(4, scene.at(0))
      await scene.write(rows)
      const lengths = [0, 300_000, 1, 40_000]
      const written = rows.map((row, index) => ({
        ...row,
        sess: JSON.stringify({ text: 'é'.repeat(lengths[index] ?? 0) }),
      }))
      await scene.run(update.statement(scene.table, written))
      assert.deepEqual(parsed(await scene.rows()), parsed(written))
      await scene.run(
        update.statement(
          scene.table,
          written.slice(0, 1).map((row) => ({ ...row, sess: written[1]?.sess ?? '' })),
        ),
      )
      assert.deepEqual(
        parsed((await scene.rows()).slice(0, 1)),
        parsed([{ ...written[0], sess: written[1]?.sess } as SessionRow]),
      )
    },

    async 'write only rows whose id is the same byte for byte'(scene) {
      const update = scene.adapter.queries?.update ?? assert.fail()
      const { there, other } = await withAlike(scene)
      for (const rows of [[other], [other, { ...other, sid: 'b sid' }]]) {
        const reported = update.answer(await scene.run(update.statement(scene.table, rows)))
        if (reported !== undefined)
          assert.equal(typeof reported === 'number' ? reported : reported.length, 0)
        assert.deepEqual(parsed(await scene.rows()), parsed([there]))
      }
    },

    async 'change no row when they fail'(scene) {
      const update = scene.adapter.queries?.update ?? assert.fail()
      await scene.createTable()
      const before = plainRows(8, scene.at(0))
      await scene.write(before)
      const wrong = withWrong(plainRows(8, scene.at(hour)))
      await assert.rejects(async () => scene.run(update.statement(scene.table, wrong)))
      assert.deepEqual(parsed(await scene.rows()), parsed(before))
    },
  },
}

/** The adapter's own way to write the rows of new sessions, where it has one. */
export const insertBatches: Concern = {
  title: 'batches inserted in the adapter’s own way',
  appliesTo: ({ adapter }) => adapter.queries?.insert !== undefined,
  onDatabase: {
    async 'write each row that is not there, or has expired'(scene) {
      const insert = scene.adapter.queries?.insert ?? assert.fail()
      await scene.createTable()
      for (const size of sizesWithin(scene.adapter.limits.rows)) {
        const rows = plainRows(size, scene.at(hour), `batch of ${String(size)}`)
        const expired = rows
          .filter((_, index) => index % 2 === 1)
          .map((row, index) => ({ ...row, sess: '{}', expired: scene.at(-index) }))
        if (expired.length > 0) await scene.write(expired)
        await scene.run(insert.statement(scene.table, rows, scene.at(0)))
        const sids = new Set(rows.map((row) => row.sid))
        assert.deepEqual(
          parsed((await scene.rows()).filter((row) => sids.has(row.sid))),
          parsed(rows),
          `${String(size)} rows`,
        )
      }
    },

    async 'fail for an id that a live session has, and change no row then'(scene) {
      const insert = scene.adapter.queries?.insert ?? assert.fail()
      for (const size of sizesWithin(Math.min(scene.adapter.limits.rows, 20))) {
        await scene.createTable()
        const rows = plainRows(size, scene.at(hour))
        const [first] = rows
        assert.ok(first)
        // With the same expiry, or the same contents.
        for (const there of [
          { ...first, sess: '{"user":"ann"}' },
          { ...first, expired: scene.at(1) },
        ]) {
          await scene.write([there])
          await assert.rejects(
            async () => scene.run(insert.statement(scene.table, rows, scene.at(0))),
            (error) => scene.adapter.classify(error, scene.table) === 'sid-taken',
          )
          assert.deepEqual(parsed(await scene.rows()), parsed([there]), `${String(size)} rows`)
        }
        await scene.dropTable()
      }
    },

    async 'fail for an id that the table takes for another one, expired or not, or store both'(
      scene,
    ) {
      const insert = scene.adapter.queries?.insert ?? assert.fail()
      const { there, other } = await withAlike(scene)
      const outcome = await scene.run(insert.statement(scene.table, [other], scene.at(0))).then(
        () => 'stored',
        (error: unknown) => scene.adapter.classify(error, scene.table),
      )
      assert.ok(['stored', 'sid-taken'].includes(outcome), outcome)
      const rows = outcome === 'stored' ? [other, there] : [there]
      const byBytes = (one: { sid: string }, two: { sid: string }) => (one.sid < two.sid ? -1 : 1)
      assert.deepEqual(
        parsed([...(await scene.rows())].sort(byBytes)),
        parsed([...rows].sort(byBytes)),
      )
    },

    async 'change no row when they fail'(scene) {
      const insert = scene.adapter.queries?.insert ?? assert.fail()
      await scene.createTable()
      await assert.rejects(async () =>
        scene.run(
          insert.statement(scene.table, withWrong(plainRows(8, scene.at(hour))), scene.at(0)),
        ),
      )
      assert.deepEqual(await scene.rows(), [])
    },
  },
}
