import assert from 'node:assert/strict'
import { defineDialect, type Statement } from '@knex-session/core/dialect'
import { Browser } from '../http/browser.js'
import { startApp } from '../http/http-app.js'
import type { Concern } from '../kit/concern.js'
import { digestOf, sidsIn } from '../scene/digests.js'
import { numbered } from '../scene/each.js'
import { settled } from '../scene/outcomes.js'
import { contentsOf, expiryIn, hour, minute, sessionUntil } from '../scene/sessions.js'
import { userId } from '../scene/users.js'

interface AnyQuery {
  statement(...args: never[]): Statement
}

/** What a store with the option `hashIds` makes of ids. */
export const hashedIds: Concern = {
  title: 'hashed ids',
  onDatabase: {
    async 'are the only ids in the table'(scene) {
      const store = scene.store({ hashIds: true })
      const sids = numbered(20, 'secret-')
      await Promise.all(sids.map((sid, number) => store.set(sid, scene.session({ number }))))
      const read = await Promise.all(sids.map((sid) => store.get(sid)))
      assert.deepEqual(
        read.map((session) => contentsOf(session)?.['number']),
        [...sids.keys()],
      )
      await Promise.all(
        read.map((session, place) => store.set(sids[place] ?? '', session as never)),
      )
      const end = scene.clock.now() + 2 * hour
      await Promise.all(sids.map((sid) => store.touch(sid, sessionUntil(end))))
      const rows = await scene.rows()
      assert.deepEqual(
        rows.map(({ sid }) => sid),
        sids.map(digestOf).sort(),
      )
      assert.deepEqual(new Set(rows.map(({ expired }) => expired)), new Set([end]))
      assert.ok(!JSON.stringify(rows).includes('secret'), 'the table has an id')
      assert.deepEqual(
        await Promise.all(sids.map((sid) => store.destroy(sid))),
        sids.map(() => 1),
      )
      assert.equal(await store.length(), 0)
    },

    async 'are all that statements hold of a session that a request made, also with the fallback'(
      scene,
    ) {
      const { adapter } = scene
      const bindings: unknown[] = []
      const noted = <Made extends Statement>(made: Made): Made => {
        bindings.push(...made.bindings)
        return made
      }
      const queries = Object.fromEntries(
        Object.entries(adapter.queries ?? {}).map(([name, query]) => {
          const statement = (...args: never[]) => noted((query as AnyQuery).statement(...args))
          return [name, { ...(query as AnyQuery), statement }]
        }),
      ) as typeof adapter.queries
      const dialect = defineDialect({
        ...adapter,
        ...(queries && { queries }),
        upsert: (...args) => noted(adapter.upsert(...args)),
      })
      const app = await startApp(scene.store({ hashIds: true, dialect }))
      try {
        const browser = new Browser(app.url)
        const { sid } = (await browser.post('/login/ann')).body
        assert.equal((await browser.post('/visit')).body['visits'], 1)
        assert.equal((await browser.get('/')).body['user'], 'ann')
        assert.deepEqual(await sidsIn(scene), [digestOf(String(sid))])
        assert.ok(bindings.length > 0 && !JSON.stringify(bindings).includes(String(sid)))
      } finally {
        await app.close()
      }
    },

    async 'are useless as ids to whoever reads the table'(scene) {
      for (const hashIds of [true, { fallback: false }]) {
        const store = scene.store({ hashIds })
        await store.set('mine', scene.session({ by: 'me' }))
        const digest = digestOf('mine')
        assert.equal(await store.get(digest), null)
        await assert.rejects(store.set(digest, scene.session({ by: 'another' })), {
          code: 'ERR_INVALID_SID',
        })
        await store.touch(digest, sessionUntil(scene.clock.now() + 9 * hour))
        assert.equal(await store.destroy(digest), 0)
        const session = await store.get('mine')
        assert.deepEqual(contentsOf(session), { by: 'me' })
        assert.equal(expiryIn(session), scene.clock.now() + hour)
        assert.equal(await store.length(), 1)
      }
    },

    async 'are listed, and can be destroyed by that list'(scene) {
      const before = scene.store()
      const store = scene.store({ hashIds: true })
      for (const sid of ['a', 'b']) await before.set(sid, scene.session({ sid }))
      for (const sid of ['c', 'd']) await store.set(sid, scene.session({ sid }))
      const listed = ['a', 'b', digestOf('c'), digestOf('d')].sort()
      assert.deepEqual((await store.ids()).sort(), listed)
      const entries: string[] = []
      for await (const { sid, session } of store.entries()) {
        entries.push(sid)
        await store.set(sid, Object.assign(session, { seen: true }))
      }
      // Those that the loop has moved have come under both ids.
      assert.deepEqual(entries.sort(), [...listed, digestOf('a'), digestOf('b')].sort())
      const all = await store.all()
      assert.deepEqual(
        all.map((session) => contentsOf(session)?.['seen']),
        [true, true, true, true],
      )
      assert.deepEqual(await sidsIn(scene), ['a', 'b', 'c', 'd'].map(digestOf).sort())
      const some = (await store.ids()).slice(0, 2)
      assert.equal(await store.destroy([...some, digestOf('nobody')]), 2)
      assert.equal(await store.length(), 2)
      assert.equal(await store.clear(), 2)
    },

    async 'need a column long enough, and the error for a shorter one has the statement that widens it'(
      scene,
    ) {
      const { sid, sess, expired } = scene.table.column
      await scene.knex.schema.createTable(scene.table.tableName, (columns) => {
        columns.string(sid.name, 40).primary()
        columns.json(sess.name).notNullable()
        columns.dateTime(expired.name).notNullable().index()
      })
      await scene.store().set('short', scene.session({ from: 'before' }))
      const store = scene.store({ hashIds: true })
      const [{ error } = {}] = await settled([store.ready])
      if (error !== undefined) {
        const { code, message } = error as { readonly code?: unknown; readonly message: string }
        assert.equal(code, 'ERR_DATABASE')
        for (const part of [sid.name, scene.table.tableName, '`hashIds`'])
          assert.ok(message.includes(part), `no ${part} in: ${message}`)
        const [, statement] = /make it longer: (.*?)(?:\nSee |$)/s.exec(message) ?? []
        if (statement === undefined) return
        await scene.knex.raw(statement)
      }
      const [written] = await settled([store.set('new', scene.session())])
      // An adapter without `server.inspect` finds out when it writes.
      if (written?.error !== undefined && scene.adapter.server?.inspect === undefined) {
        const { code } = written.error as { readonly code?: unknown }
        assert.ok(code === 'ERR_DATABASE' || code === 'ERR_INVALID_SID', String(code))
        return
      }
      assert.equal(written?.error, undefined)
      assert.deepEqual(contentsOf(await store.get('short')), { from: 'before' })
      assert.deepEqual(await sidsIn(scene), ['new', 'short'].map(digestOf).sort())
    },

    async 'of the sessions of a user leave the one that stays, also where its row is from before'(
      scene,
    ) {
      const before = scene.store({ userId })
      for (const sid of ['a', 'b']) await before.set(sid, scene.session({ user: 'ann' }))
      const store = scene.store({ userId, hashIds: true })
      assert.equal(await store.sessionsOf('ann').revokeOthers('b'), 1)
      assert.deepEqual(contentsOf(await store.get('b')), { user: 'ann' })
    },

    async 'leave the handles of the sessions of a user as they were'(scene) {
      const before = scene.store({ userId })
      for (const sid of ['a', 'b', 'c']) {
        await before.set(sid, scene.session({ user: 'ann' }))
        scene.clock.advance(minute)
      }
      const store = scene.store({ userId, hashIds: true })
      const ended: unknown[] = []
      store.on('ended', ({ handle }: { readonly handle: string }) => ended.push(handle))
      const list = () => store.sessionsOf('ann').list('b')
      const [a, b, c] = await list()
      assert.ok(a && b && c)
      assert.deepEqual([a.current, b.current, c.current], [false, true, false])
      for (const sid of ['a', 'b']) assert.ok(await store.get(sid))
      assert.deepEqual(
        (await list()).map(({ handle, current }) => [handle, current]),
        [
          [a.handle, false],
          [b.handle, true],
          [c.handle, false],
        ],
      )
      assert.deepEqual(
        (await store.sessionsOf('ann').list(digestOf('b'))).map(({ current }) => current),
        [false, false, false],
      )
      assert.equal(await store.sessionsOf('ann').revoke(a.handle), true)
      assert.equal(await store.sessionsOf('ann').revokeOthers('b'), 1)
      assert.deepEqual(await sidsIn(scene), [digestOf('b')])
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(ended, [a.handle, c.handle, b.handle])
    },
  },
}
