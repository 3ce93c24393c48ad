import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { KnexSessionStore, KnexSessionStoreOptions } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Concern } from '../kit/concern.js'
import { settled } from '../scene/outcomes.js'
import { outputOf } from '../hostile/recorded-output.js'
import { canary } from '../scene/rows.js'
import type { Scene } from '../scene/scene.js'
import { everythingOf } from '../scene/silent-errors.js'
import { hour, sessionUntil } from '../scene/sessions.js'

/** Ids and contents in the forms that messages quote, cut and escape. */
const secretSids = [
  canary,
  `it's "${canary}" - (${canary})`,
  `${canary}\nat ${canary}`,
  `- ${canary}) ${canary}`,
]
const secret = { secret: canary, text: `'${canary}' - "${canary}" (${canary}) at ${canary}` }

/**
 * The codes of the errors of calls; fails where one of them, what the store emits or what is
 * printed holds a secret.
 */
async function silentCodes(
  scene: Scene,
  options: KnexSessionStoreOptions,
  calls: (store: KnexSessionStore) => Promise<unknown>[],
  ended: () => Promise<unknown> = () => Promise.resolve(),
): Promise<ReadonlySet<unknown>> {
  const errors: unknown[] = []
  const events: unknown[] = []
  const output = await outputOf(async () => {
    const store = scene.store(options)
    const emit = store.emit.bind(store)
    store.emit = (...event) => {
      events.push(event)
      return emit(...event)
    }
    const outcomes = await settled(calls(store))
    errors.push(...outcomes.flatMap(({ error }) => (error === undefined ? [] : [error])))
    await ended()
    await store.close()
  })
  assert.ok(!output.includes(canary), 'a line that was printed gives away a session or its id')
  assert.ok(
    !inspect(events, { depth: 10 }).includes(canary),
    'an event gives away a session or its id',
  )
  for (const error of errors)
    assert.ok(!everythingOf(error).includes(canary), 'an error gives away a session or its id')
  return new Set(errors.map((error) => (error as { code?: unknown }).code))
}

function everyCall(store: KnexSessionStore, session: SessionData): Promise<unknown>[] {
  const ofSessions = secretSids.flatMap((sid) => [
    store.set(sid, session),
    store.get(sid),
    store.touch(sid, session),
    store.destroy(sid),
  ])
  const lists = [store.all(), store.ids(), store.entries().next(), store.length()]
  return [
    ...ofSessions,
    store.destroy(secretSids),
    store.set(canary, session),
    ...lists,
    store.prune(),
    store.clear(),
  ]
}

const throwsSecret = (): never => {
  throw Object.assign(new Error(`about ${canary}`), { cause: canary, details: secret })
}

/** Nothing that is thrown, emitted or printed holds what a session holds, nor its id. */
export const secrecy: Concern = {
  title: 'no error, event or line that is printed gives a session away',
  onDatabase: {
    async 'when the database refuses a row'(scene) {
      await scene.createLegacyTable(scene.table, { sid: 10, sess: 50 })
      const session = scene.session(secret)
      for (const options of [{}, { batch: false }, { preparedStatements: false }]) {
        const codes = await silentCodes(scene, options, (store) => everyCall(store, session))
        // Whether it refuses the id or the session first is its own affair.
        assert.ok(codes.has('ERR_DATABASE') || codes.has('ERR_INVALID_SID'))
      }
    },

    async 'when the table or a column is missing'(scene) {
      const session = scene.session(secret)
      const codes = await silentCodes(scene, { createTable: false }, (store) =>
        everyCall(store, session),
      )
      assert.deepEqual([...codes], ['ERR_TABLE_MISSING'])
      await scene.createTable()
      const options = { columns: { sid: 'another' }, createTable: false }
      assert.ok((await silentCodes(scene, options, (store) => everyCall(store, session))).size > 0)
    },

    async 'when an id is taken'(scene) {
      await scene.createLegacyTable()
      const session = scene.session(secret)
      const sids = [canary, canary.toUpperCase(), `${canary} `, `${canary}\u00a0`]
      for (const batch of [true, false]) {
        const calls = (store: KnexSessionStore) => sids.map((sid) => store.set(sid, session))
        assert.ok((await silentCodes(scene, { batch }, calls)).has('ERR_INVALID_SID'))
      }
    },

    async 'when the call itself is wrong'(scene) {
      const session = scene.session(secret)
      const wrongSids = [
        `${canary}\0`,
        `${canary}\ud800`,
        canary.repeat(500),
        [canary],
        { sid: canary },
        Symbol(canary),
      ] as string[]
      const sidCodes = await silentCodes(scene, {}, (store) =>
        wrongSids.flatMap((sid) => [
          store.set(sid, session),
          store.get(sid),
          store.touch(sid, session),
          store.destroy(sid),
        ]),
      )
      assert.deepEqual([...sidCodes], ['ERR_INVALID_SID'])
      const cycle: Record<string, unknown> = { [canary]: canary }
      cycle[canary] = cycle
      const wrong = [
        sessionUntil(0, cycle),
        sessionUntil(0, { [canary]: 1n }),
        canary,
        Symbol(canary),
      ] as SessionData[]
      wrong.push(sessionUntil(0, { toJSON: throwsSecret }))
      const codes = await silentCodes(scene, {}, (store) =>
        wrong.map((each) => store.set(canary, each)),
      )
      assert.deepEqual([...codes], ['ERR_INVALID_SESSION'])
    },

    async 'when code of the application fails'(scene) {
      const session = scene.session(secret)
      await scene.store().set(canary, session)
      const functions: KnexSessionStoreOptions[] = [
        { serializer: { stringify: throwsSecret, parse: throwsSecret } },
        { serializer: { stringify: () => canary, parse: () => JSON.parse(canary) as never } },
        { ttl: throwsSecret },
        { ttl: () => canary as never },
        { clock: () => canary as never },
        { clock: throwsSecret },
      ]
      const withoutCookie = secret as unknown as SessionData
      for (const options of functions) {
        const codes = await silentCodes(scene, options, (store) => [
          store.set('other', withoutCookie),
          store.get(canary),
          store.all(),
          store.entries().next(),
        ])
        assert.ok(codes.size > 0, 'nothing failed')
      }
    },

    async 'when a cookie cannot be read'(scene) {
      await scene.store().set(canary, scene.session(secret))
      const own = {
        stringify: () => '{}',
        parse: () => Object.defineProperty({}, 'cookie', { get: throwsSecret }) as SessionData,
      }
      const cookies = [
        { get: throwsSecret },
        { value: Object.defineProperty({}, 'expires', { get: throwsSecret }) },
      ]
      for (const cookie of cookies) {
        const session = Object.defineProperty(
          { ...secret },
          'cookie',
          cookie,
        ) as unknown as SessionData
        const calls = (store: KnexSessionStore) => [
          store.set('other', session),
          store.touch(canary, session),
        ]
        assert.deepEqual(
          [...(await silentCodes(scene, { serializer: own }, calls))],
          ['ERR_INVALID_SESSION'],
        )
      }
      const codes = await silentCodes(scene, { serializer: own }, (store) => [
        store.get(canary),
        store.all(),
        store.entries().next(),
      ])
      assert.deepEqual([...codes], ['ERR_UNREADABLE_SESSION'])
    },

    async 'when a row cannot be read'(scene) {
      await scene.createTable()
      const row = {
        sid: canary,
        sess: JSON.stringify(`no JSON but ${canary}`),
        expired: scene.at(hour),
      }
      await scene.write([row])
      const codes = await silentCodes(scene, {}, (store) => [
        store.get(canary),
        store.all(),
        store.entries().next(),
      ])
      assert.deepEqual([...codes], ['ERR_UNREADABLE_SESSION'])
    },

    async 'when there is no connection, no place or no time left, nor a store'(scene) {
      const session = scene.session(secret)
      const knex = scene.open({ connections: 1 })
      const taken: unknown = await (
        knex.client as { acquireConnection(): Promise<unknown> }
      ).acquireConnection()
      const options = { knex, timeout: 200, maxQueue: 3 }
      const giveBack = () =>
        (
          knex.client as { releaseConnection(connection: unknown): Promise<unknown> }
        ).releaseConnection(taken)
      const codes = await silentCodes(
        scene,
        options,
        (store) => everyCall(store, session),
        giveBack,
      )
      assert.deepEqual([...codes].sort(), ['ERR_QUEUE_FULL', 'ERR_TIMEOUT'])
      const closed = await silentCodes(scene, {}, (store) => {
        const closing = store.close()
        return [closing, ...everyCall(store, session)]
      })
      assert.deepEqual([...closed], ['ERR_CLOSED'])
    },
  },
}
