import assert from 'node:assert/strict'
import type { KnexSessionStore, KnexSessionStoreOptions } from '@knex-session/core'
import type { Concern } from '../kit/concern.js'
import { errorOf } from '../scene/outcomes.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'
import { sessionOf, userId } from '../scene/users.js'

/** Options that need columns, and what the error for a table without them says. */
const needing: readonly (readonly [KnexSessionStoreOptions, ...(readonly string[])])[] = [
  [{ userId }, '`userId`', "'user_id', 'created_at', 'last_seen_at'"],
  [{ absoluteTtl: hour }, '`absoluteTtl`', "'created_at'"],
  [{ onConflict: 'reject' }, '`onConflict`', "'version'"],
]

async function messageOf(store: KnexSessionStore): Promise<string> {
  return ((await errorOf(store.ready)) as Error).message
}

/** A store on the scene's table, after the statements of its error have added the columns. */
async function storeWithColumns(
  scene: Scene,
  options: KnexSessionStoreOptions,
): Promise<KnexSessionStore> {
  const store = scene.store(options)
  const message = await messageOf(store)
  const [, statements = ''] = /add them:\n([^]*;)(?:\nSee |$)/.exec(message) ?? []
  for (const line of statements.split('\n')) {
    assert.match(line, /^[^;]+;$/, `no statement on a line of its own in: ${message}`)
    await scene.knex.raw(line.slice(0, -1))
  }
  return store
}

/** What a store says that needs columns which the table does not have. */
export const missingColumns: Concern = {
  title: 'a table without the columns of an option',
  onDatabase: {
    async 'is refused by an error that names the table, the columns and the option'(scene) {
      await scene.createLegacyTable()
      for (const [options, ...words] of needing) {
        const message = await messageOf(scene.store(options))
        for (const part of [...words, scene.table.tableName])
          assert.ok(message.includes(part), `no ${part} in: ${message}`)
      }
    },
  },
}

/** The statements in that error, where the adapter has them. */
export const columnsAddedByHand: Concern = {
  title: 'columns that are added by the statements of an error',
  appliesTo: ({ adapter }) => adapter.addColumns !== undefined,
  onDatabase: {
    async 'tell whose each session is that is written from then on'(scene) {
      const old = scene.store()
      await old.set('a', sessionOf(scene, 'ann'))
      const store = await storeWithColumns(scene, { userId })
      assert.deepEqual(contentsOf(await store.get('a')), { user: 'ann' })
      await old.set('b', sessionOf(scene, 'ann'))
      for (const sid of ['a', 'b', 'c']) await store.set(sid, sessionOf(scene, 'ann'))
      assert.equal(await store.sessionsOf('ann').count(), 3)
      assert.equal(await store.sessionsOf('ANN').count(), 0)
      assert.equal(await store.sessionsOf('ann').revokeAll(), 3)
      assert.equal(await old.length(), 0)
    },

    async 'limit the life of each session that is written from then on'(scene) {
      await scene.createLegacyTable()
      const old = scene.store()
      await old.set('a', scene.session({ user: 'ann' }))
      const store = await storeWithColumns(scene, { absoluteTtl: 2 * hour })
      assert.deepEqual(contentsOf(await store.get('a')), { user: 'ann' })
      const made = scene.clock.now()
      for (const sid of ['a', 'b']) await store.set(sid, sessionUntil(made + 3 * hour))
      await old.set('c', scene.session())
      await old.touch('a', sessionUntil(made + hour))
      assert.deepEqual(
        (await scene.rows()).map(({ expired }) => (expired - made) / hour),
        [1, 2, 1],
      )
      assert.ok(await old.get('b'))
    },

    async 'show that another request was faster'(scene) {
      await scene.createLegacyTable()
      const old = scene.store()
      await old.set('a', scene.session({ by: 'old' }))
      const store = await storeWithColumns(scene, { onConflict: 'reject' })
      const [mine, theirs] = [await store.get('a'), await store.get('a')]
      await store.set('a', Object.assign(theirs as never, { by: 'new' }))
      await assert.rejects(store.set('a', mine as never), { code: 'ERR_CONFLICT' })
      assert.deepEqual(contentsOf(await old.get('a')), { by: 'new' })
      await old.set('b', scene.session({ by: 'old' }))
      assert.deepEqual(contentsOf(await store.get('b')), { by: 'old' })
    },
  },
}
