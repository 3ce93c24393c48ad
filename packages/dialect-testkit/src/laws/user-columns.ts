import assert from 'node:assert/strict'
import type { KnexSessionStore } from '@knex-session/core'
import type { Knex } from 'knex'
import type { Concern } from '../kit/concern.js'
import { settled } from '../scene/outcomes.js'
import { contentsOf } from '../scene/sessions.js'
import { sessionOf, userId } from '../scene/users.js'

async function handles(store: KnexSessionStore, user: string): Promise<readonly string[]> {
  return (await store.sessionsOf(user).list()).map(({ handle }) => handle).sort()
}

/** The columns that say whose a session is: how a table gets them, and who leaves them empty. */
export const userColumns: Concern = {
  title: 'the sessions of a user',
  onDatabase: {
    async 'are known as they are written, where processes without the option write as well'(scene) {
      const store = scene.store({ userId })
      await store.ready
      const old = scene.store()
      await old.set('a', sessionOf(scene, 'ann', { by: 'old' }))
      assert.deepEqual(await handles(store, 'ann'), [])
      const loaded = await store.get('a')
      assert.deepEqual(contentsOf(loaded), { user: 'ann', by: 'old' })
      await store.set('a', loaded as never)
      const [info] = await store.sessionsOf('ann').list()
      assert.deepEqual([info?.createdAt, info?.lastSeenAt?.getTime()], [null, scene.clock.now()])
      const known = await old.get('a')
      await old.set('a', Object.assign(known as never, { by: 'old again' }))
      await old.touch('a', sessionOf(scene, 'ann'))
      assert.equal(
        contentsOf((await store.sessionsOf('ann').list())[0]?.session ?? null)?.['by'],
        'old again',
      )
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
      assert.equal(await old.get('a'), null)
    },

    async 'are known as they are touched that were stored before the option was there'(scene) {
      const store = scene.store({ userId })
      await store.ready
      const old = scene.store()
      const sids = ['a', 'b', 'c']
      for (const sid of sids) await old.set(sid, sessionOf(scene, 'ann'))
      await old.set('visitor', sessionOf(scene))
      const touch = async (sid: string) => store.touch(sid, (await store.get(sid)) as never)
      await Promise.all([...sids, 'visitor'].map(touch))
      assert.equal(await store.sessionsOf('ann').count(), 3)
      assert.equal((await handles(store, 'ann')).length, 3)
      assert.equal(await store.sessionsOf('ann').revokeAll(), 3)
      assert.deepEqual(await store.ids(), ['visitor'])
    },

    async 'stay whose they are when a request touches what it loaded before'(scene) {
      const store = scene.store({ userId })
      await store.ready
      await scene.store().set('a', sessionOf(scene, 'ann'))
      const [loaded, other] = [await store.get('a'), await store.get('a')]
      await store.set('a', Object.assign(other as never, { user: 'bob' }))
      await store.touch('a', loaded as never)
      assert.deepEqual([await handles(store, 'ann'), (await handles(store, 'bob')).length], [[], 1])
      await store.destroy('a')
      await scene.store().set('b', sessionOf(scene, 'ann'))
      const late = await store.get('b')
      await store.destroy('b')
      await store.touch('b', late as never)
      assert.equal(await store.length(), 0)
    },

    async 'are limited as they become known'(scene) {
      const store = scene.store({ userId, maxSessionsPerUser: 1 })
      await store.set('new', sessionOf(scene, 'ann'))
      await scene.store().set('old', sessionOf(scene, 'ann'))
      await store.touch('old', (await store.get('old')) as never)
      assert.deepEqual(await store.ids(), ['new'])
    },
  },
}

/** A column of that name which cannot hold a user's id, where the adapter looks at the table. */
export const unfitUserColumns: Concern = {
  title: 'a column of users that is no text, or must not be null',
  appliesTo: ({ adapter }) => adapter.server?.inspect !== undefined,
  onDatabase: {
    async 'is refused by an error that names the option and a statement'(scene) {
      const { knex } = scene
      for (const add of [
        (columns: Knex.TableBuilder) => columns.integer('user_id'),
        (columns: Knex.TableBuilder) => columns.boolean('user_id'),
        (columns: Knex.TableBuilder) => columns.string('user_id').notNullable(),
      ]) {
        const table = scene.newTable()
        await knex.schema.createTable(table.tableName, (columns) => {
          const { sid, sess, expired } = table.column
          columns.string(sid.name).primary()
          columns.json(sess.name).notNullable()
          columns.dateTime(expired.name).notNullable().index()
          columns.dateTime('created_at')
          columns.dateTime('last_seen_at')
          add(columns)
        })
        const [{ error } = {}] = await settled([scene.store({ userId }, table).ready])
        const { code, message } = error as { readonly code?: unknown; readonly message: string }
        assert.equal(code, 'ERR_DATABASE', message)
        for (const part of ["'user_id'", table.tableName, '`userId`', 'alter table'])
          assert.ok(message.includes(part), `no ${part} in: ${message}`)
      }
    },
  },
}
