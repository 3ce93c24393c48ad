import assert from 'node:assert/strict'
import type { EndedSession, KnexSessionStore, KnexSessionStoreOptions } from '@knex-session/core'
import { lookalikes } from '../hostile/lookalike-sids.js'
import type { Concern } from '../kit/concern.js'
import type { Scene } from '../scene/scene.js'
import { contentsOf, hour, minute, sessionUntil } from '../scene/sessions.js'

const userId: NonNullable<KnexSessionStoreOptions['userId']> = (session) =>
  (session as { user?: string | number | null }).user

/** A session of a user that ends in an hour. */
function sessionOf(
  scene: Scene,
  user?: string | number | null,
  contents: Readonly<Record<string, unknown>> = {},
) {
  return sessionUntil(scene.clock.now() + hour, {
    ...(user === undefined ? {} : { user }),
    ...contents,
  })
}

/** What a store tells of sessions that were ended, once it has. */
function endedBy(store: KnexSessionStore): () => Promise<readonly EndedSession[]> {
  const told: EndedSession[] = []
  store.on('ended', (ended: EndedSession) => told.push(ended))
  return async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return told
  }
}

async function handles(store: KnexSessionStore, user: string): Promise<readonly string[]> {
  return (await store.sessionsOf(user).list()).map(({ handle }) => handle).sort()
}

/** The statements that an error names. */
function statementsIn(error: unknown): readonly string[] {
  const [, statements = ''] = /add them: (.*);/s.exec((error as Error).message) ?? []
  return statements.split('; ')
}

/** Whose a session is, as the columns for it tell. */
export const userSessions: Concern = {
  title: 'the sessions of a user',
  onDatabase: {
    async 'are listed with what a page shows of them, oldest first, and with no id'(scene) {
      const store = scene.store({ userId })
      const made = scene.clock.now()
      await store.set('first', sessionOf(scene, 'ann', { on: 'laptop' }))
      scene.clock.advance(minute)
      await store.set('second', sessionOf(scene, 'ann', { on: 'phone' }))
      await store.set('of-bob', sessionOf(scene, 'bob'))
      await store.set('of-nobody', sessionOf(scene))
      const [first, second, ...more] = await store.sessionsOf('ann').list('second')
      assert.ok(first && second)
      assert.equal(more.length, 0)
      assert.deepEqual(
        [contentsOf(first.session)?.['on'], contentsOf(second.session)?.['on']],
        ['laptop', 'phone'],
      )
      assert.deepEqual([first.current, second.current], [false, true])
      assert.deepEqual(
        [first.createdAt?.getTime(), second.createdAt?.getTime()],
        [made, made + minute],
      )
      assert.deepEqual(
        [first.lastSeenAt?.getTime(), second.lastSeenAt?.getTime()],
        [made, made + minute],
      )
      assert.deepEqual(
        [first.expires.getTime(), second.expires.getTime()],
        [made + hour, made + minute + hour],
      )
      for (const { handle } of [first, second]) assert.match(handle, /^[\w-]{22}$/)
      assert.notEqual(first.handle, second.handle)
      for (const sid of ['first', 'second'])
        assert.ok(!JSON.stringify([first, second]).includes(sid))
      assert.equal(await store.sessionsOf('ann').count(), 2)
      assert.deepEqual(await store.sessionsOf('nobody').list(), [])
    },

    async 'keep the time of their creation, and tell when they were last written or touched'(
      scene,
    ) {
      const store = scene.store({ userId })
      const made = scene.clock.now()
      const times = async () => {
        const [info] = await store.sessionsOf('ann').list()
        return [info?.createdAt?.getTime(), info?.lastSeenAt?.getTime()]
      }
      await store.set('a', sessionOf(scene, 'ann'))
      scene.clock.advance(minute)
      await store.touch('a', sessionOf(scene, 'ann'))
      assert.deepEqual(await times(), [made, made + minute], 'after a touch')
      scene.clock.advance(minute)
      await store.set('a', sessionOf(scene, 'ann'))
      assert.deepEqual(await times(), [made, made + 2 * minute], 'after it was stored anew')
      scene.clock.advance(minute)
      const loaded = await store.get('a')
      assert.ok(loaded)
      await store.set('a', loaded)
      assert.deepEqual(await times(), [made, made + 3 * minute], 'after it was loaded and written')
    },

    async 'follow the session: it gets a user, another one, and none'(scene) {
      const store = scene.store({ userId })
      const counts = () =>
        Promise.all(['ann', 'bob', 7, '7'].map((user) => store.sessionsOf(user).count()))
      await store.set('a', sessionOf(scene))
      assert.deepEqual(await counts(), [0, 0, 0, 0])
      for (const [user, expected] of [
        ['ann', [1, 0, 0, 0]],
        ['bob', [0, 1, 0, 0]],
        [7, [0, 0, 1, 1]],
        [null, [0, 0, 0, 0]],
      ] as const) {
        const loaded = await store.get('a')
        assert.ok(loaded)
        await store.set('a', Object.assign(loaded, { user }))
        assert.deepEqual(await counts(), expected)
      }
    },

    async 'are each of its own user when many are written, loaded and touched at once'(scene) {
      const store = scene.store({ userId })
      const users = ['ann', 'bob', undefined] as const
      const sids = Array.from({ length: 60 }, (_, number) => `sid-${String(number)}`)
      const counts = () => Promise.all(['ann', 'bob'].map((user) => store.sessionsOf(user).count()))
      await Promise.all(
        sids.map((sid, number) => store.set(sid, sessionOf(scene, users[number % 3]))),
      )
      assert.deepEqual(await counts(), [20, 20])
      scene.clock.advance(minute)
      await Promise.all(
        sids.map((sid, number) => store.touch(sid, sessionOf(scene, users[number % 3]))),
      )
      const seen = (await store.sessionsOf('bob').list()).map(
        ({ createdAt, lastSeenAt }) => Number(lastSeenAt) - Number(createdAt),
      )
      assert.deepEqual(seen, Array<number>(20).fill(minute))
      const loaded = await Promise.all(sids.map((sid) => store.get(sid)))
      await Promise.all(
        sids.map((sid, number) =>
          store.set(sid, Object.assign(loaded[number] as never, { user: users[(number + 1) % 3] })),
        ),
      )
      assert.deepEqual(await counts(), [20, 20])
      assert.equal(
        contentsOf((await store.sessionsOf('ann').list())[0]?.session ?? null)?.['user'],
        'ann',
      )
    },

    async 'are told apart byte for byte by their users'(scene) {
      const store = scene.store({ userId })
      const users = [
        'ann',
        'ANN',
        'Ann',
        'änn',
        'a\u0308nn',
        ' ann',
        ...(lookalikes['capital and small letters'] ?? []),
      ]
      await Promise.all(
        users.map((user, number) => store.set(`sid-${String(number)}`, sessionOf(scene, user))),
      )
      for (const user of users) {
        assert.equal(await store.sessionsOf(user).count(), 1)
        assert.deepEqual(
          (await store.sessionsOf(user).list()).map(({ session }) => contentsOf(session)?.['user']),
          [user],
        )
      }
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
      assert.equal(await store.length(), users.length - 1)
    },

    async 'that have expired are none of his'(scene) {
      const store = scene.store({ userId })
      await store.set('a', sessionOf(scene, 'ann'))
      scene.clock.advance(minute)
      await store.set('b', sessionOf(scene, 'ann'))
      scene.clock.advance(hour - minute)
      assert.equal(await store.sessionsOf('ann').count(), 1)
      assert.equal((await store.sessionsOf('ann').list()).length, 1)
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
    },

    async 'are ended by their handles, only by him, and told without an id'(scene) {
      const store = scene.store({ userId })
      const told = endedBy(store)
      await store.set('a', sessionOf(scene, 'ann'))
      await store.set('b', sessionOf(scene, 'ann'))
      await store.set('c', sessionOf(scene, 'bob'))
      const [mine] = await store.sessionsOf('ann').list()
      const [his] = await store.sessionsOf('bob').list()
      assert.ok(mine && his)
      assert.equal(await store.sessionsOf('ann').revoke(his.handle), false)
      for (const none of ['', 'a', 'b', 'c'])
        assert.equal(await store.sessionsOf('ann').revoke(none), false)
      assert.equal(await store.length(), 3)
      assert.equal(await store.sessionsOf('ann').revoke(mine.handle), true)
      assert.equal(await store.sessionsOf('ann').revoke(mine.handle), false)
      assert.equal(await store.sessionsOf('ann').count(), 1)
      assert.deepEqual(await told(), [{ reason: 'revoked', handle: mine.handle, userId: 'ann' }])
    },

    async 'are ended but for the one that he is on, or all; those of others stay'(scene) {
      const store = scene.store({ userId })
      const told = endedBy(store)
      for (const sid of ['a', 'b', 'c']) await store.set(sid, sessionOf(scene, 'ann'))
      await store.set('d', sessionOf(scene, 'bob'))
      await store.set('e', sessionOf(scene))
      assert.equal(await store.sessionsOf('ann').revokeOthers('b'), 2)
      assert.ok(await store.get('b'))
      await assert.rejects(store.sessionsOf('ann').revokeOthers(undefined as never), {
        code: 'ERR_INVALID_SID',
      })
      assert.equal(await store.sessionsOf('ann').revokeAll(), 1)
      assert.equal(await store.sessionsOf('ann').revokeAll(), 0)
      assert.equal(await store.length(), 2)
      assert.deepEqual(
        (await told()).map((ended) => ended.userId),
        ['ann', 'ann', 'ann'],
      )
    },

    async 'stay ended, whatever requests write that had loaded them, here and in another process'(
      scene,
    ) {
      const [store, other = store] = scene.stores(2, { userId })
      for (const sid of ['a', 'b', 'c']) await store.set(sid, sessionOf(scene, 'ann'))
      const loaded = await Promise.all(
        ['a', 'b', 'c'].flatMap((sid) => [store.get(sid), other.get(sid)]),
      )
      assert.equal(await other.sessionsOf('ann').revokeAll(), 3)
      await Promise.all(
        ['a', 'b', 'c'].flatMap((sid, place) => [
          store.set(sid, loaded[place * 2] as never),
          other.set(sid, loaded[place * 2 + 1] as never),
          store.touch(sid, sessionOf(scene, 'ann')),
        ]),
      )
      assert.equal(await store.length(), 0)
      assert.equal(store.lateWrites + (other === store ? 0 : other.lateWrites), 6)
    },

    async 'are no more than `maxSessionsPerUser`, also when he logs in twenty times at once'(
      scene,
    ) {
      const stores = scene.stores(2, { userId, maxSessionsPerUser: 3 })
      const [store] = stores
      const told = stores.map(endedBy)
      await store.set('of-bob', sessionOf(scene, 'bob'))
      const sids = Array.from(
        { length: 20 },
        (_, number) => `sid-${String(number).padStart(2, '0')}`,
      )
      for (const sid of sids.slice(0, 4)) {
        await store.set(sid, sessionOf(scene, 'ann'))
        scene.clock.advance(1_000)
      }
      assert.equal(await store.get('sid-00'), null)
      assert.equal(await store.sessionsOf('ann').count(), 3)
      await Promise.all(
        sids
          .slice(4)
          .map((sid, number) =>
            (stores[number % stores.length] ?? store).set(sid, sessionOf(scene, 'ann')),
          ),
      )
      const left = await Promise.all(sids.map(async (sid) => ((await store.get(sid)) ? [sid] : [])))
      assert.deepEqual(
        left.flat(),
        sids.slice(-3),
        'made at one time, they are in the order of their ids',
      )
      assert.equal(await store.sessionsOf('bob').count(), 1)
      const ended = (await Promise.all(told.map((each) => each()))).flat()
      assert.equal(ended.length, 17)
      assert.deepEqual(
        new Set(ended.map(({ reason, userId: user }) => `${reason} ${user}`)),
        new Set(['limit ann']),
      )
    },

    async 'are counted against `maxSessionsPerUser` at the log-in, and not at other writes'(scene) {
      const store = scene.store({ userId, maxSessionsPerUser: 1 })
      const other = scene.store({ userId })
      await store.set('a', sessionOf(scene, 'ann'))
      scene.clock.advance(1_000)
      await other.set('b', sessionOf(scene, 'ann'))
      const loaded = await store.get('a')
      assert.ok(loaded)
      await store.set('a', loaded)
      assert.equal(await store.sessionsOf('ann').count(), 2)
      scene.clock.advance(1_000)
      await store.set('c', sessionOf(scene))
      const anonymous = await store.get('c')
      assert.ok(anonymous)
      await store.set('c', Object.assign(anonymous, { user: 'ann' }))
      assert.equal(await store.sessionsOf('ann').count(), 1)
      assert.ok(await store.get('c'))
    },

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

    async 'need columns, and the error of a table without them names the statements that add them'(
      scene,
    ) {
      const old = scene.store()
      await old.set('a', sessionOf(scene, 'ann'))
      const store = scene.store({ userId })
      const problem: unknown = await store.ready.then(
        () => undefined,
        (error: unknown) => error,
      )
      for (const part of [
        "'user_id', 'created_at', 'last_seen_at'",
        '`userId`',
        scene.table.tableName,
      ]) {
        assert.ok(
          (problem as Error | undefined)?.message.includes(part),
          `no ${part} in: ${String(problem)}`,
        )
      }
      if (scene.adapter.addColumns === undefined) return
      const statements = statementsIn(problem)
      assert.ok(statements.length > 0)
      for (const statement of statements) await scene.knex.raw(statement)
      assert.deepEqual(contentsOf(await store.get('a')), { user: 'ann' })
      await old.set('b', sessionOf(scene, 'ann'))
      for (const sid of ['a', 'b', 'c']) await store.set(sid, sessionOf(scene, 'ann'))
      assert.equal(await store.sessionsOf('ann').count(), 3)
      assert.equal(await store.sessionsOf('ANN').count(), 0)
      assert.equal(await store.sessionsOf('ann').revokeAll(), 3)
      assert.equal(await old.length(), 0)
    },
  },
}
