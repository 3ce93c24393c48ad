import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import type { Concern } from '../kit/concern.js'
import { settled } from '../scene/outcomes.js'
import { plainRows } from '../scene/rows.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'

/** The calls of a store that need its table. */
function calls(store: KnexSessionStore, now: number): readonly (() => Promise<unknown>)[] {
  const session = sessionUntil(now + hour)
  return [
    () => store.ready,
    () => store.get('sid'),
    () => store.set('sid', session),
    () => store.touch('sid', session),
    () => store.destroy('sid'),
    () => store.length(),
    () => store.all(),
    () => store.ids(),
    () => store.entries().next(),
    () => store.clear(),
    () => store.prune(),
  ]
}

/** Begins a transaction with a row of the application's, and ends it after what is done in it. */
async function inTransaction(
  scene: Scene,
  end: 'commit' | 'rollback',
  work: (transaction: Knex.Transaction) => Promise<void>,
): Promise<void> {
  const transaction = await scene.knex.transaction()
  try {
    await scene.run(scene.adapter.upsert(scene.table, plainRows(1, scene.at(0))), transaction)
    await work(transaction)
  } catch (error) {
    await transaction.rollback().catch(() => undefined)
    throw error
  }
  await transaction[end]()
}

/**
 * A transaction of the application's that is given to a store as `knex`. The scene's table stands
 * for one of the application's.
 */
export const transactions: Concern = {
  title: 'a transaction of the application',
  onDatabase: {
    async 'is not committed by a store that misses its table'(scene) {
      await scene.createTable()
      const missing = scene.newTable()
      await inTransaction(scene, 'rollback', async (transaction) => {
        const store = scene.store({ knex: transaction }, missing)
        for (const call of calls(store, scene.clock.now()))
          await assert.rejects(call(), { code: 'ERR_TABLE_MISSING', kind: 'missing-table' })
      })
      assert.deepEqual(await scene.rows(), [])
      assert.equal(await scene.exists(missing.tableName), false)
    },

    async 'goes on after a store missed its table'(scene) {
      await scene.createTable()
      await inTransaction(scene, 'commit', async (transaction) => {
        const store = scene.store({ knex: transaction }, scene.newTable())
        const outcomes = await settled(calls(store, scene.clock.now()).map((call) => call()))
        for (const { error } of outcomes)
          assert.equal((error as { code?: unknown } | undefined)?.code, 'ERR_TABLE_MISSING')
        await scene.run(
          scene.adapter.upsert(scene.table, plainRows(2, scene.at(0)).slice(1)),
          transaction,
        )
      })
      assert.equal((await scene.rows()).length, 2)
    },

    async 'has what a store wrote in it, and takes that with it'(scene) {
      await scene.createTable()
      const session = scene.session({ user: 'ann' })
      for (const end of ['rollback', 'commit'] as const) {
        await inTransaction(scene, end, async (transaction) => {
          const store = scene.store({ knex: transaction })
          await Promise.all([
            store.set('one', session),
            store.set('two', session),
            store.touch('one', session),
          ])
          assert.deepEqual(contentsOf(await store.get('one')), { user: 'ann' })
          assert.equal(await store.destroy('two'), 1)
        })
        const sids = (await scene.rows()).map(({ sid }) => sid)
        assert.equal(sids.includes('one'), end === 'commit')
        assert.equal(sids.includes('two'), false)
      }
    },
  },
}
