import { encryption } from '../src/encryption.js'
import { toEpochMs } from '../src/dialect/index.js'
import { mergeTopLevel, type KnexSessionStore } from '../src/index.js'
import { mergeBy } from '../src/session/conflicts/merge.js'
import { json } from '../src/session/payload.js'
import { digestOf } from '../src/session/stored-id.js'
import { resolveOptions } from '../src/store/options/resolve.js'
import { FakeDatabase } from './fake-database.js'

const key = Buffer.alloc(32, 1)

describe('what a function of the package cannot work with is an error that says what it takes', () => {
  it.each<[string, unknown, (given: never) => unknown, RegExp]>([
    ['encryption', undefined, encryption, /`options`: `encryption` takes an object with `keys`/],
    ['encryption', null, encryption, /takes an object with `keys`/],
    ['encryption', key, encryption, /takes an object with `keys`/],
    ['encryption', [key], encryption, /takes an object with `keys`/],
    ['encryption', key.toString('base64'), encryption, /takes an object with `keys`/],
    ['encryption', {}, encryption, /`keys`: expected an array of keys, the newest first/],
    ['encryption', { keys: [key.subarray(1)] }, encryption, /`keys`: keys\[0\].*got 31 bytes/],
    ['encryption', { keys: [key, key.subarray(16)] }, encryption, /keys\[1\].*got 16 bytes/],
    ['encryption', { keys: [key], plain: true }, encryption, /`plain`: expected 'read'/],
    [
      'mergeTopLevel',
      undefined,
      (given) => mergeTopLevel(given, given, given),
      /`onConflict`: `mergeTopLevel` takes three/,
    ],
  ])('%s (%#)', (_, given, call, says) => {
    const error = thrownBy(() => call(given as never))
    expect(error).toMatchObject({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringMatching(says),
    })
    expect(error).toBeInstanceOf(TypeError)
  })

  it('mergeTopLevel of one session that is missing', () => {
    const session = { cookie: {} } as never
    for (const three of [
      [null, session, session],
      [session, 'mine', session],
      [session, session, undefined],
    ])
      expect(() => mergeTopLevel(...(three as [never, never, never]))).toThrow(
        /takes three sessions/,
      )
  })
})

describe('an option that concerns users or their sessions', () => {
  it.each([
    ['onConflict', ['overwrite'], /expected 'overwrite', 'reject' or a function.*, got an array/],
    ['onConflict', null, /, got null/],
    ['onConflict', Promise.resolve(mergeTopLevel), /, got a promise: await it/],
    ['hashIds', [], /expected true, false or an object with `fallback`, got an array/],
    ['hashIds', () => true, /or an object with `fallback`, got a function/],
    ['hashIds', { fallback: 'no' }, /`fallback`: expected true or false, got a string/],
    ['hashIds', { fallBack: false }, /has no setting `fallBack`; there is `fallback`/],
    ['columns', [], /expected an object with `sid`.*, got an array/],
    ['batch', [], /expected true, false or an object with `lanes` and `size`, got an array/],
    ['userId', 'user.id', /expected a function, got a string/],
    ['userId', ['user'], /expected a function, got an array/],
    ['absoluteTtl', NaN, /expected milliseconds above 0, .*, got NaN/],
    ['absoluteTtl', '12h', /got a string/],
    ['maxSessionsPerUser', '5', /whole number of at least 1, got the string '5': write a number/],
    ['serializer', null, /`stringify` and `parse`, got null/],
    ['serializer', encryption, /`stringify` and `parse`, got a function/],
  ])('%s of %p is refused by its name, with what was given', (name, given, says) => {
    const error = thrownBy(() => resolveOptions({ userId: () => 1, [name]: given }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringMatching(says),
    })
    expect((error as Error).message).toContain(`option \`${name}\``)
  })
})

describe('a call that lists or ends sessions fails by what it cannot work with, and sends nothing', () => {
  type Call = (store: KnexSessionStore) => Promise<unknown>
  const ofAnn = (store: KnexSessionStore) => store.sessionsOf('ann')
  const users = [undefined, null, '', 'ann ', NaN, Infinity, {}, [], true]
  const noTexts = [undefined, null, 5, {}, ['a'], () => undefined]
  const noSids = [...noTexts, '', 'a ', 'x'.repeat(256), digestOf('a')]

  it.each<[string, readonly unknown[], (given: never) => Call, string, RegExp]>([
    [
      'sessionsOf',
      users,
      (given) => (store) => store.sessionsOf(given).list(),
      'ERR_INVALID_OPTION',
      /`userId`: `sessionsOf` takes the id of a user, got ./,
    ],
    [
      'list',
      noTexts.slice(2),
      (given) => (store) => ofAnn(store).list(given),
      'ERR_INVALID_SID',
      /`list` takes the id of a session/,
    ],
    [
      'revoke',
      noTexts,
      (given) => (store) => ofAnn(store).revoke(given),
      'ERR_INVALID_OPTION',
      /`handle`: `revoke` takes a handle of `list`/,
    ],
    [
      'revokeOthers',
      noSids,
      (given) => (store) => ofAnn(store).revokeOthers(given),
      'ERR_INVALID_SID',
      /`revokeOthers` takes the id of a session/,
    ],
    [
      'destroy',
      noTexts.map((given) => (Array.isArray(given) ? [given] : given)),
      (given) => (store) => store.destroy(given),
      'ERR_INVALID_SID',
      /the session id cannot be used: it is not a string/,
    ],
    [
      'destroy of several',
      noTexts,
      (given) => (store) => store.destroy(['a', given]),
      'ERR_INVALID_SID',
      /the session id cannot be used: it is not a string/,
    ],
  ])('%s', async (_, wrong, call, code, message) => {
    const database = new FakeDatabase()
    const store = database.store({ userId: () => 'ann', hashIds: true })
    await store.ready
    const before = database.sent.length
    for (const given of wrong)
      await expect(call(given as never)(store)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      })
    expect(database.sent).toHaveLength(before)
  })

  it('but for no session at all, and for what is asked of no session', async () => {
    const database = new FakeDatabase()
    const store = database.store({ userId: () => 'ann' })
    expect(await store.destroy([])).toBe(0)
    for (const nobody of [undefined, null, 'a', {}]) {
      expect(store.createdAt(nobody as never)).toBeUndefined()
    }
  })
})

it.each([[[]], ['text'], [null], [undefined], [5]])(
  'a function `onConflict` that gives %j in place of a session fails the write',
  async (given) => {
    const options = {
      serializer: json,
      now: () => toEpochMs(0),
      ttl: 1,
      absoluteTtl: undefined,
      userId: undefined,
      timed: false,
      onConflict: () => given as never,
    }
    const merge = mergeBy({ sid: 'a', expired: toEpochMs(1), generation: 0 }, options)
    const row = { sid: 'a', sess: '{"cookie":{}}', expired: toEpochMs(1) }
    await expect(merge?.(row.sess, row, row)).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringMatching(/option `onConflict`: the function returned no session/),
    })
  },
)

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
