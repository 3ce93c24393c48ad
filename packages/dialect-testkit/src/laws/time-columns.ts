import assert from 'node:assert/strict'
import type { ColumnNames, SessionTable, TimeType } from '@knex-session/core/dialect'
import type { Concern } from '../kit/concern.js'
import { cellsOf, timesOf } from '../scene/cells.js'
import { contentsOfEach } from '../scene/each.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, minute, sessionUntil } from '../scene/sessions.js'

/** Columns of points in time that are all of one type. */
function ofType(type: TimeType): ColumnNames {
  return {
    expired: { name: 'ends', type },
    createdAt: { name: 'made', type },
    lastSeenAt: { name: 'seen', type },
  }
}

/** The types of columns that the adapter knows beside its own. */
function typesOf({ adapter }: Scene): readonly TimeType[] {
  return ['timestamp', ...(Object.keys(adapter.times ?? {}) as TimeType[])]
}

/** Columns that hold points in time as those of other stores do. */
export const timeColumns: Concern = {
  title: 'columns of times',
  onDatabase: {
    async 'hold them as they are said to, whatever the time zone'(scene) {
      for (const type of typesOf(scene)) {
        const table = scene.newTable({ columns: ofType(type) })
        const { expired, createdAt } = table.column
        const [store, other] = [
          scene.store({ batch: { lanes: 1 } }, table),
          scene.store({ batch: false, ...elsewhere(scene, type) }, table),
        ]
        const start = Math.ceil(scene.clock.now() / 1_000) * 1_000 + hour
        const sids = ['a', 'b', 'c', 'd', 'e']
        const ends = (sid: string) => start + sids.indexOf(sid) * minute + 999
        const session = (sid: string, more = 0) => sessionUntil(ends(sid) + more, { sid })
        await store.set('a', session('a', -minute))
        await Promise.all(sids.map((sid) => store.set(sid, session(sid))))
        for (const sid of ['b', 'c']) await other.set(sid, session(sid, minute))
        await Promise.all(['b', 'c'].map((sid) => store.touch(sid, session(sid))))
        await other.touch('d', session('d'))
        const stored = type === 'unix-seconds' ? (ms: number) => ms - 999 : (ms: number) => ms
        const expected = Object.fromEntries(sids.map((sid) => [sid, stored(ends(sid))]))
        assert.deepEqual(await timesOf(scene, table, expired), expected, type)
        assert.ok(createdAt && Object.keys(await timesOf(scene, table, createdAt)).length === 5)
        if (type.startsWith('unix')) await areNumbers(scene, table, expected)
        for (const each of [store, other]) {
          scene.clock.set(stored(ends('b')) - 1)
          assert.deepEqual(contentsOf(await each.get('b')), { sid: 'b' }, type)
          assert.equal(await each.length(), 4, type)
          scene.clock.set(stored(ends('b')))
          assert.equal(await each.get('b'), null, type)
          assert.deepEqual(await contentsOfEach(each, ['c', 'd']), [{ sid: 'c' }, { sid: 'd' }])
        }
        assert.equal(await store.prune(), 2, type)
        scene.clock.set(ends('d'))
        assert.equal(await other.prune(), 2, type)
        await store.set('for ever', sessionUntil(8.64e15))
        assert.equal(await store.prune(), 0, type)
        await store.set('long ago', sessionUntil(-8.64e15))
        assert.equal(await store.prune(), 1, type)
        assert.equal(await store.clear(), 2, type)
        scene.clock.set(start - hour)
      }
    },
  },
}

/** A connection of another time zone, where that has no part in the type. */
function elsewhere(scene: Scene, type: TimeType): object {
  return type === 'local-timestamp' || scene.capabilities.knexInstances < 2
    ? {}
    : { knex: scene.open({ utcOffset: '+13:00' }) }
}

/** That the expiries are whole numbers in the database. */
async function areNumbers(
  scene: Scene,
  table: SessionTable,
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  const { expired } = table.column
  const text = `cast(${scene.adapter.quoteIdentifier(expired.name)} as char(20))`
  const cells = await cellsOf(scene, table, expired, text)
  const worth = expired.form === 'unix-seconds' ? 1_000 : 1
  assert.deepEqual(
    Object.fromEntries(Object.entries(cells).map(([sid, cell]) => [sid, String(cell).trim()])),
    Object.fromEntries(Object.entries(expected).map(([sid, ms]) => [sid, String(ms / worth)])),
  )
}
