import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import {
  qualifiedName,
  toEpochMs,
  type LockPurpose,
  type SessionTable,
  type Statement,
} from '@knex-session/core/dialect'
import type { Knex } from 'knex'
import type { Concern } from '../kit/concern.js'
import { foundBy } from '../scene/found-table.js'
import { errorOf } from '../scene/outcomes.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'

/** The time of one call; a quarter of it is the most that a lock is waited for. */
const timeout = 2_000

/** What a lock may take a write whose limit is 300 ms, in ms: some servers count in seconds. */
const longestLimit = 2_000

/** Does work while a transaction of somebody else's has locked the row of a session. */
async function whileLocked<Result>(
  { table, adapter }: Scene,
  knex: Knex,
  sid: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const transaction = await knex.transaction()
  try {
    const from = transaction.raw(qualifiedName(adapter, table)) as unknown as string
    await transaction
      .from(from)
      .where(table.column.sid.name, sid)
      .forUpdate()
      .select(table.column.sid.name)
    return await work()
  } finally {
    await transaction.rollback()
  }
}

/** Each kind of write for one session, given a time limit for locks. */
function limitedWrites(
  { adapter, clock }: Scene,
  table: SessionTable,
  sid: string,
): readonly Statement[] {
  const row = { sid, sess: '{"turn":1}', expired: toEpochMs(clock.now() + hour) }
  const options = { lockTimeout: 300 }
  const touched = adapter.queries?.touch?.statement(table, [row], toEpochMs(clock.now()), {
    durable: true,
    ...options,
  })
  return [
    adapter.upsert(table, [row], options),
    touched,
    adapter.queries?.destroy?.statement(table, [sid], options),
  ].filter((each) => each !== undefined)
}

/** The sids, of some that are asked for, that the adapter finds unlocked. */
async function unlockedOf(
  scene: Scene,
  sids: readonly string[],
  purpose: LockPurpose,
): Promise<readonly string[]> {
  const skipLocked = scene.adapter.queries?.skipLocked
  assert.ok(skipLocked)
  return [
    ...skipLocked.answer(await scene.run(skipLocked.statement(scene.table, sids, purpose))),
  ].sort()
}

/** Rows that another client has locked, where the adapter can tell. */
export const locks: Concern = {
  title: 'rows that another client has locked',
  appliesTo: ({ adapter, capabilities }) =>
    adapter.queries?.skipLocked !== undefined && capabilities.knexInstances > 1,
  onDatabase: {
    async 'are told from free ones without waiting or locking'(scene) {
      const store = scene.store()
      const other = scene.open()
      for (const sid of ['free', 'free too', 'locked']) await store.set(sid, scene.session())
      const asked = ['absent', 'free', 'free too', 'locked']
      await whileLocked(scene, other, 'locked', async () => {
        for (const purpose of ['update', 'delete'] as const) {
          assert.deepEqual(await unlockedOf(scene, asked, purpose), ['free', 'free too'])
          await whileLocked(scene, other, 'free', () => Promise.resolve())
        }
      })
      for (const purpose of ['update', 'delete'] as const) {
        assert.deepEqual(await unlockedOf(scene, asked, purpose), ['free', 'free too', 'locked'])
      }
    },

    async 'fail a write at its time limit for locks, or the write says when to stop it'(scene) {
      await scene.store().set('locked', scene.session())
      const table = await foundBy(scene)
      for (const statement of limitedWrites(scene, table, 'locked')) {
        if (statement.stopAfter !== undefined) {
          assert.equal(statement.stopAfter, 300)
          continue
        }
        let error: unknown
        await whileLocked(scene, scene.open(), 'locked', async () => {
          const failing = errorOf(scene.run(statement))
          error = await Promise.race([failing, delay(longestLimit, undefined, { ref: false })])
        })
        assert.equal(
          error && scene.adapter.classify(error, table),
          'locked',
          `${statement.sql.slice(0, 60)} … waits for the lock`,
        )
      }
    },

    async 'hardly delay calls for other sessions, and a write that fails undoes no later one'(
      scene,
    ) {
      const store = scene.store({ timeout })
      const later = scene.clock.now() + hour
      const sids = ['a', 'b', 'c', 'locked', 'y', 'z']
      for (const sid of sids) await store.set(sid, sessionUntil(later, { turn: 0 }))
      await whileLocked(scene, scene.open(), 'locked', async () => {
        const started = performance.now()
        const locked = errorOf(store.set('locked', sessionUntil(later, { turn: 1 })))
        const others = sids.filter((sid) => sid !== 'locked')
        await Promise.all(others.map((sid) => store.set(sid, sessionUntil(later, { turn: 1 }))))
        assert.ok(
          performance.now() - started < 0.75 * timeout,
          'the others took as long as the one that is locked may',
        )
        assert.equal(((await locked) as { code?: unknown }).code, 'ERR_TIMEOUT')
      })
      await store.set('locked', sessionUntil(later, { turn: 2 }))
      for (const sid of sids)
        assert.deepEqual(contentsOf(await store.get(sid)), { turn: sid === 'locked' ? 2 : 1 })
    },

    async 'hardly delay the destroy of other sessions'(scene) {
      const store = scene.store({ timeout })
      const later = scene.clock.now() + hour
      const sids = ['a', 'b', 'c', 'locked', 'y', 'z']
      for (const sid of sids) await store.set(sid, sessionUntil(later))
      await whileLocked(scene, scene.open(), 'locked', async () => {
        const started = performance.now()
        const locked = errorOf(store.destroy('locked'))
        const others = sids.filter((sid) => sid !== 'locked').map((sid) => store.destroy(sid))
        assert.deepEqual(
          await Promise.all(others),
          others.map(() => 1),
        )
        assert.ok(
          performance.now() - started < 0.75 * timeout,
          'the others took as long as the one that is locked may',
        )
        assert.equal(((await locked) as { code?: unknown }).code, 'ERR_TIMEOUT')
      })
    },
  },
}
