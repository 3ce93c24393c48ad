import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Concern } from '../kit/concern.js'
import { settled } from '../scene/outcomes.js'
import { outputOf } from '../hostile/recorded-output.js'
import { contentsOf, hour, sessionUntil } from '../scene/sessions.js'

/** What an application keeps of the request it is at. */
const request = new AsyncLocalStorage<number>()

const callers = Array.from({ length: 20 }, (_, number) => number)

type Done = (error?: unknown) => void

/** Every call of a store that many may make at once, by callback. */
const calls: Readonly<
  Record<string, (store: KnexSessionStore, sid: string, session: SessionData, done: Done) => void>
> = {
  set: (store, sid, session, done) => store.set(sid, session, done),
  get: (store, sid, _, done) => store.get(sid, done),
  touch: (store, sid, session, done) => store.touch(sid, session, done),
  all: (store, _sid, _session, done) => store.all(done),
  length: (store, _sid, _session, done) => store.length(done),
  prune: (store, _sid, _session, done) => store.prune(done),
  destroy: (store, sid, _, done) => store.destroy(sid, done),
  clear: (store, _sid, _session, done) => store.clear(done),
}

/** A serializer that writes down whose request it met whose session in. */
function watching(met: [unknown, unknown][]) {
  const meet = (session: SessionData): void =>
    void met.push([contentsOf(session)?.['number'], request.getStore()])
  return {
    stringify(session: SessionData): string {
      meet(session)
      return JSON.stringify(session)
    },
    parse(text: string): SessionData {
      const session = JSON.parse(text) as SessionData
      meet(session)
      return session
    },
  }
}

/** What an application gives to a store, and hears of it. */
export const application: Concern = {
  title: 'an application',
  onDatabase: {
    async 'gets each answer in the async context of its own call, when calls overlap'(scene) {
      const store = scene.store()
      for (const [name, call] of Object.entries(calls)) {
        const heard = callers.map((number) =>
          request.run(number, () => {
            const session = scene.session()
            return new Promise((resolve) =>
              call(store, `sid ${String(number)}`, session, () => resolve(request.getStore())),
            )
          }),
        )
        assert.deepEqual(await Promise.all(heard), callers, name)
      }
    },

    async 'has its serializer and its ttl called in the async context of the call that they are for'(
      scene,
    ) {
      const met: [unknown, unknown][] = []
      const ttl = (session: SessionData): number => {
        met.push([contentsOf(session)?.['number'], request.getStore()])
        return hour
      }
      const store = scene.store({ serializer: watching(met), ttl })
      const inOwn = (call: (sid: string, session: SessionData) => Promise<unknown>) =>
        Promise.all(
          callers.map((number) =>
            request.run(number, () => call(String(number), { number } as unknown as SessionData)),
          ),
        )
      await inOwn((sid, session) => store.set(sid, session))
      await inOwn((sid) => store.get(sid))
      await inOwn((sid) => new Promise((resolve) => store.get(sid, resolve)))
      await inOwn((sid, session) => store.touch(sid, session))
      assert.equal(met.length, 5 * callers.length)
      for (const [number, whose] of met) assert.equal(whose, number)
    },

    async 'gets an error of its own from each call, when one statement fails for many'(scene) {
      await scene.createTable()
      const store = scene.store({ createTable: false })
      await store.ready
      await scene.dropTable()
      const session = scene.session()
      const sids = callers.map((number) => String(number % 10))
      const outcomes = await settled<unknown>([
        ...sids.map((sid) => store.get(sid)),
        ...sids.map((sid) => store.set(sid, session)),
        ...sids.map(() => store.length()),
        ...sids.map(() => store.prune()),
      ])
      const failures = outcomes.map(({ error }) => error as Error & { code?: unknown })
      assert.equal(new Set(failures).size, 4 * callers.length, 'two callers got one error')
      const causes = failures.map(({ cause }) => cause).filter((cause) => cause !== undefined)
      assert.equal(new Set(causes).size, causes.length, 'two callers got one cause')
      for (const { code, message, name, stack } of failures) {
        assert.deepEqual([name, code], ['SessionStoreError', 'ERR_TABLE_MISSING'])
        assert.ok(
          message.length > 20 && stack?.includes(message),
          'the stack does not say what failed',
        )
      }
    },

    async 'whose serializer rejects, or returns something wrong, gets the error from that call only'(
      scene,
    ) {
      const later = scene.clock.now() + hour
      const plain = scene.store()
      await Promise.all(['a', 'b'].map((sid) => plain.set(sid, sessionUntil(later))))
      const odd: readonly (() => unknown)[] = [
        () => Promise.reject(new Error('rejected')),
        () => Promise.resolve(5),
        () => Promise.resolve(),
        () => 5,
        () => undefined,
        () => null,
      ]
      const output = await outputOf(async () => {
        for (const give of odd) {
          const store = scene.store({
            serializer: {
              stringify: (session) =>
                'odd' in session ? (give() as string) : JSON.stringify(session),
              parse: give as never,
            },
          })
          const set = store.set('a', sessionUntil(later, { odd: true }))
          await Promise.all([
            assert.rejects(set, { code: 'ERR_INVALID_SESSION' }),
            store.set('b', sessionUntil(later)),
            assert.rejects(store.get('b'), { code: 'ERR_UNREADABLE_SESSION' }),
          ])
        }
      })
      assert.equal(output, '', 'something was printed')
      assert.deepEqual(contentsOf(await plain.get('a')), {})
    },

    async 'whose clock fails once has one call fail, and no other'(scene) {
      const throws = (): never => {
        throw new Error('no time')
      }
      for (const wrong of [() => NaN, throws, () => Promise.reject(new Error('rejected'))]) {
        let calls = 0
        let failsAt = Infinity
        const clock = (): number => {
          return ++calls === failsAt ? (wrong() as number) : scene.clock.now()
        }
        const store = scene.store({ clock, timeout: 2_000 })
        await store.ready
        const session = scene.session()
        for (let place = 1; place <= 8; place++) {
          calls = 0
          failsAt = place
          const outcomes = await settled<unknown>([
            store.set('a', session),
            store.touch('a', session),
            store.touch('a', session),
            store.get('a'),
            store.set('b', session),
          ])
          const codes = outcomes.flatMap(({ error }) =>
            error === undefined ? [] : [(error as { code?: unknown }).code],
          )
          assert.ok(
            codes.length <= 3 && codes.every((code) => code === 'ERR_INVALID_OPTION'),
            `the clock failed at ${String(place)}: ${codes.join()}`,
          )
        }
        failsAt = Infinity
        await store.set('a', session)
        await store.touch('a', session)
        assert.notEqual(await store.get('a'), null)
      }
    },

    async 'that closes a store lets its prune finish'(scene) {
      const store = scene.store()
      const expired = scene.clock.now() - hour
      await Promise.all(
        Array.from({ length: 300 }, (_, number) =>
          store.set(String(number), sessionUntil(expired)),
        ),
      )
      const pruned = store.prune()
      await store.close()
      assert.equal(await pruned, 300)
      assert.deepEqual(await scene.rows(), [])
    },
  },
}
