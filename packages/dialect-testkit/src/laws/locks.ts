import assert from 'node:assert/strict'
import { qualifiedName, type LockPurpose } from '@knex-session/core/dialect'
import type { Knex } from 'knex'
import type { Concern } from '../kit/concern.js'
import { errorOf } from '../scene/outcomes.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'

/** The time of one call; a quarter of it is the most that a lock is waited for. */
const timeout = 2_000

/** Does work while a transaction of somebody else's has locked the row of a session. */
async function whileLocked<Result>({ table, adapter }: Scene, knex: Knex, sid: string, work: () => Promise<Result>): Promise<Result> {
  const transaction = await knex.transaction()
  try {
    const from = transaction.raw(qualifiedName(adapter, table)) as unknown as string
    await transaction.from(from).where(table.column.sid.name, sid).forUpdate().select(table.column.sid.name)
    return await work()
  } finally {
    await transaction.rollback()
  }
}

/** Whether the store learns what waits for a lock, by the driver of the scene. */
async function tellsWaits({ adapter, knex }: Scene): Promise<boolean> {
  const { driver } = adapter
  const client = knex.client as Knex.Client
  const connection: unknown = await client.acquireConnection()
  try {
    return driver?.accepts(connection) === true && (await driver.identifyBackend?.(connection)) !== undefined
  } finally {
    await client.releaseConnection(connection)
  }
}

/** The sids, of some that are asked for, that the adapter finds unlocked. */
async function unlockedOf(scene: Scene, sids: readonly string[], purpose: LockPurpose): Promise<readonly string[]> {
  const skipLocked = scene.adapter.queries?.skipLocked
  assert.ok(skipLocked)
  return [...skipLocked.answer(await scene.run(skipLocked.statement(scene.table, sids, purpose)))].sort()
}

/** Rows that another client has locked, where the adapter can tell. */
export const locks: Concern = {
  title: 'rows that another client has locked',
  appliesTo: ({ adapter, capabilities }) => adapter.queries?.skipLocked !== undefined && capabilities.knexInstances > 1,
  onDatabase: {
    async 'are told from others without a wait, and those stay unlocked'(scene) {
      const store = scene.store()
      const other = scene.open()
      for (const sid of ['free', 'free too', 'locked']) await store.set(sid, sessionUntil(scene.clock.now() + hour))
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

    async 'hold up no call for another session for long, and what fails undoes nothing that is written later'(scene) {
      const store = scene.store({ timeout })
      const later = scene.clock.now() + hour
      const sids = ['a', 'b', 'c', 'locked', 'y', 'z']
      for (const sid of sids) await store.set(sid, sessionUntil(later, { turn: 0 }))
      const mayWait = (await tellsWaits(scene)) ? [] : ['ERR_TIMEOUT']
      const { last, again } = await whileLocked(scene, scene.open(), 'locked', async () => {
        const started = performance.now()
        const locked = errorOf(store.set('locked', sessionUntil(later, { turn: 1 })))
        const others = sids.filter((sid) => sid !== 'locked')
        const ends = await Promise.allSettled(others.map((sid) => store.set(sid, sessionUntil(later, { turn: 1 }))))
        const took = performance.now() - started
        assert.ok(mayWait.length > 0 || took < 0.75 * timeout, 'the others took as long as the one that is locked may')
        assert.equal(((await locked) as { code?: unknown }).code, 'ERR_TIMEOUT')
        for (const end of ends) if (end.status === 'rejected') assert.ok(mayWait.includes((end.reason as { code: string }).code))
        // They may have taken effect, where the cancel takes longer than callers wait for it, but undo nothing that is written later.
        const again = new Set(['locked', ...others.filter((_, place) => ends[place]?.status === 'rejected')])
        return { last: Promise.all([...again].map((sid) => store.set(sid, sessionUntil(later, { turn: 2 })))), again }
      })
      await last
      for (const sid of sids) assert.deepEqual(contentsOf(await store.get(sid)), { turn: again.has(sid) ? 2 : 1 })
    },

    async 'hold up no destroy of another session for long'(scene) {
      const store = scene.store({ timeout })
      const later = scene.clock.now() + hour
      const sids = ['a', 'b', 'c', 'locked', 'y', 'z']
      for (const sid of sids) await store.set(sid, sessionUntil(later))
      const tells = await tellsWaits(scene)
      await whileLocked(scene, scene.open(), 'locked', async () => {
        const started = performance.now()
        const locked = errorOf(store.destroy('locked'))
        const others = await Promise.allSettled(sids.filter((sid) => sid !== 'locked').map((sid) => store.destroy(sid)))
        if (tells) {
          assert.ok(performance.now() - started < 0.75 * timeout, 'the others took as long as the one that is locked may')
          assert.deepEqual(
            others.map((end) => end.status === 'fulfilled' && end.value),
            others.map(() => 1),
          )
        }
        assert.equal(((await locked) as { code?: unknown }).code, 'ERR_TIMEOUT')
      })
    },
  },
}
