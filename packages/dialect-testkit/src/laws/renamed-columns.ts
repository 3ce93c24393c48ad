import assert from 'node:assert/strict'
import {
  sessionTable,
  toEpochMs,
  type DialectAdapter,
  type SessionRow,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import type { Concern } from '../kit/concern.js'
import { timesOf } from '../scene/cells.js'
import { contentsOf, hour, minute, sessionUntil } from '../scene/sessions.js'
import { userId } from '../scene/users.js'

/** A table with the columns of all options. */
const everyColumn = { userId: true, absoluteTtl: true, onConflict: true } as const

/** Names that no adapter writes by itself, and whose place in a text shows. */
const marked = {
  sid: 'zq_sid_qz',
  sess: 'zq_sess_qz',
  expired: 'zq_expired_qz',
  userId: 'zq_user_id_qz',
  createdAt: 'zq_created_at_qz',
  lastSeenAt: 'zq_last_seen_at_qz',
  version: 'zq_version_qz',
} as const

const names = {
  sid: 'Session Id',
  sess: 'order',
  expired: 'ends-at',
  userId: 'select',
  createdAt: 'Made At',
  lastSeenAt: 'seen',
  version: 'from',
} as const

/** Every statement of an adapter on a table. */
function everyStatement(adapter: DialectAdapter, table: SessionTable): readonly Statement[] {
  const now = toEpochMs(Date.UTC(2026, 0, 31))
  const row = (sid: string): SessionRow => ({
    sid,
    sess: '{}',
    expired: now,
    userId: 'ann',
    createdAt: now,
    lastSeenAt: now,
    version: '0'.repeat(32),
  })
  const { queries, server } = adapter
  return [['a'], ['a', 'b']].flatMap((sids) => {
    const rows = sids.map(row)
    return [
      ...adapter.createTable(table, {}),
      ...(adapter.addColumns?.(table, table.columns.slice(3), {}) ?? []),
      ...(server?.inspect?.statements(table) ?? []),
      ...(server?.rights?.statements(table) ?? []),
      adapter.upsert(table, rows),
      queries?.update?.statement(table, rows),
      queries?.insert?.statement(table, rows, now),
      queries?.touch?.statement(table, rows, now, { durable: false }),
      queries?.read?.statement(table, sids, now),
      queries?.exists?.statement(table, sids),
      queries?.destroy?.statement(table, sids),
      queries?.destroyExpired?.statement(table, sids, now),
      queries?.prune?.statement(table, now, { limit: 1 }),
      queries?.skipLocked?.statement(table, sids, 'update'),
    ].filter((statement) => statement !== undefined)
  })
}

function textOf({ sql, bindings }: Statement): string {
  return `${sql} ${JSON.stringify(bindings)}`
}

/** Columns that have the names of those of another store. */
export const renamedColumns: Concern = {
  title: 'columns of other names',
  pure: {
    'are in every statement what the usual ones are'({ adapter }) {
      const usual = everyStatement(adapter, sessionTable(everyColumn))
      const renamed = everyStatement(adapter, sessionTable({ ...everyColumn, columns: marked }))
      assert.deepEqual(
        renamed.map((each) => textOf(each).replace(/zq_(\w+?)_qz/g, '$1')),
        usual.map(textOf),
      )
      for (const { sql } of renamed)
        for (const { name } of sessionTable(everyColumn).columns) {
          const quoted = adapter.quoteIdentifier(name)
          assert.ok(!sql.replaceAll(`as ${quoted}`, '').includes(quoted), `${quoted} in ${sql}`)
        }
    },
  },
  onDatabase: {
    async 'serve every call, with all that options add'(scene) {
      const table = scene.newTable({ ...everyColumn, columns: names })
      for (const batch of [true, { lanes: 1 }, false] as const) {
        const options = { batch, userId, absoluteTtl: 10 * hour, onConflict: 'reject' as const }
        const store = scene.store(options, table)
        const until = (hours: number, of: string) =>
          sessionUntil(scene.clock.now() + hours * hour, { user: 'ann', of })
        const sids = ['a', 'b', 'c', 'd']
        await Promise.all(sids.map((sid) => store.set(sid, until(1, sid))))
        await Promise.all(sids.map((sid) => store.touch(sid, until(sid === 'd' ? 1 : 3, sid))))
        const loaded = await Promise.all([store.get('a'), store.get('a')])
        const [first, second] = loaded.map((each) => Object.assign(each ?? assert.fail(), {}))
        await store.set('a', Object.assign(first ?? assert.fail(), { of: 'a again' }))
        await assert.rejects(
          store.set('a', Object.assign(second ?? assert.fail(), { of: 'late' })),
          {
            code: 'ERR_CONFLICT',
          },
        )
        assert.deepEqual(contentsOf(await store.get('a')), { user: 'ann', of: 'a again' })
        assert.equal(await store.length(), 4)
        assert.deepEqual((await store.ids()).sort(), sids)
        const listed = await store.sessionsOf('ann').list()
        assert.deepEqual(
          listed.map(({ createdAt, lastSeenAt }) => [createdAt?.getTime(), lastSeenAt?.getTime()]),
          sids.map(() => [scene.clock.now(), scene.clock.now()]),
        )
        assert.equal((await scene.rows(table)).length, 4)
        scene.clock.advance(2 * hour)
        assert.equal(await store.prune(), 1)
        assert.equal(await store.destroy('b'), 1)
        assert.equal(await store.sessionsOf('ann').revokeAll(), 2)
        assert.deepEqual(await scene.rows(table), [])
      }
    },

    async 'say when a session was made and when it was last seen, where they are named for that'(
      scene,
    ) {
      const table = scene.newTable({ columns: { createdAt: 'made', lastSeenAt: 'seen' } })
      const { createdAt, lastSeenAt } = table.column
      const store = scene.store({}, table)
      const made = scene.clock.now()
      const session = () => scene.session()
      await Promise.all(['a', 'b', 'c'].map((sid) => store.set(sid, session())))
      scene.clock.advance(minute)
      await store.set('a', session())
      await store.touch('b', session())
      const seen = scene.clock.now()
      assert.deepEqual(await timesOf(scene, table, createdAt), { a: made, b: made, c: made })
      assert.deepEqual(await timesOf(scene, table, lastSeenAt), { a: seen, b: seen, c: made })
    },
  },
}
