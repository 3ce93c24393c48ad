import { AsyncResource } from 'node:async_hooks'
import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import { application } from '../../src/laws/application.js'
import { errors } from '../../src/laws/errors.js'
import { secrecy } from '../../src/laws/secrecy.js'
import { touchInterval } from '../../src/laws/touch-interval.js'
import { brokenBy } from './breaking.js'

const title = (law: string) =>
  `no error, event or line that is printed gives a session away: ${law}`

/** Every law on secrecy that looks at calls of sessions. */
const onCalls = [
  'when the database refuses a row',
  'when the table or a column is missing',
  'when an id is taken',
  'when the call itself is wrong',
  'when code of the application fails',
  'when a cookie cannot be read',
  'when a row cannot be read',
  'when there is no connection, no place or no time left, nor a store',
].map(title)

/** Made while nobody's request is on. */
const noContext = new AsyncResource('nobody')

type Set = (this: KnexSessionStore, sid: string, session: SessionData) => Promise<void>
type Get = (this: KnexSessionStore, sid: string) => Promise<SessionData | null>

const prototype = KnexSessionStore.prototype as unknown as { get: Get; set: Set }
const { get, set } = prototype

/** Calls that have a callback go the usual way. */
function unlessByCallback<Method extends (...args: never[]) => unknown>(
  usual: Method,
  other: Method,
): Method {
  return function (this: unknown, ...args: never[]): unknown {
    const given: readonly unknown[] = args
    const method: (...args: never[]) => unknown = typeof given.at(-1) === 'function' ? usual : other
    return method.apply(this, args)
  } as Method
}

/** Has every store do something else besides in `set`, and in `get` where it is given. */
function breakStores(otherSet: Set, otherGet: Get = get): void {
  jest.spyOn(prototype, 'set').mockImplementation(unlessByCallback(set, otherSet))
  jest.spyOn(prototype, 'get').mockImplementation(unlessByCallback(get, otherGet))
}

/** What only core can do wrong, whatever the adapter. */
describe('the laws on secrecy', () => {
  afterEach(() => jest.restoreAllMocks())

  it('notice a store that quotes ids in its errors', async () => {
    const quoting =
      (sid: unknown) =>
      (error: unknown): never => {
        throw Object.assign(error as Error, { details: sid })
      }
    breakStores(
      function (sid, session) {
        return set.call(this, sid, session).catch(quoting(sid))
      },
      function (sid) {
        return get.call(this, sid).catch(quoting(sid))
      },
    )
    const found = await brokenBy({}, [secrecy, errors])
    expect(found).toEqual(
      expect.arrayContaining(
        [...onCalls].filter((law) => law !== title('when a cookie cannot be read')),
      ),
    )
    expect(found).toEqual(
      expect.arrayContaining([
        'errors: say nothing of a session when the table is missing',
        'errors: say nothing of a session when a column is missing',
        'errors: say nothing of a session that cannot be serialized or read',
      ]),
    )
  })

  it('notice a store that hands on what code of the application throws', async () => {
    breakStores(function (sid, session) {
      return set.call(this, sid, session).catch(() => {
        throw new Error(Object.values(session).join())
      })
    })
    expect(await brokenBy({}, [secrecy])).toEqual(
      expect.arrayContaining([title('when code of the application fails')]),
    )
  })

  it('notice a store that prints the ids it is given', async () => {
    jest.spyOn(console, 'debug').mockImplementation()
    breakStores(function (sid, session) {
      console.debug('set', sid)
      return set.call(this, sid, session)
    })
    expect(await brokenBy({}, [secrecy])).toEqual(
      expect.arrayContaining([
        title('when the database refuses a row'),
        title('when an id is taken'),
      ]),
    )
  })

  it('notice a store that warns of a session', async () => {
    breakStores(function (sid, session) {
      process.emitWarning(`a session: ${JSON.stringify(session)}`)
      return set.call(this, sid, session)
    })
    expect(await brokenBy({}, [secrecy])).toContain(title('when the database refuses a row'))
  })

  it('notice a store that emits the ids it is given', async () => {
    breakStores(function (sid, session) {
      this.emit('set', sid)
      return set.call(this, sid, session)
    })
    expect(await brokenBy({}, [secrecy])).toEqual(
      expect.arrayContaining([
        title('when the database refuses a row'),
        title('when an id is taken'),
      ]),
    )
  })
})

describe('the laws on an application', () => {
  afterEach(() => jest.restoreAllMocks())

  const law = (name: string) => `an application: ${name}`

  it('notice a store that answers everybody at once, in the context of one', async () => {
    let waiting: (() => void)[] = []
    const answerAll = () => {
      for (const go of waiting.splice(0)) go()
    }
    jest.spyOn(prototype, 'get').mockImplementation(function (
      this: KnexSessionStore,
      sid: string,
      ...done: unknown[]
    ) {
      const [callback] = done as [((error: unknown, session?: unknown) => void)?]
      if (callback === undefined) return get.call(this, sid)
      const outcome = get.call(this, sid)
      outcome.then(
        (session) => {
          if (waiting.push(() => callback(null, session)) === 1) setTimeout(answerAll, 100)
        },
        (error: unknown) => callback(error),
      )
      return undefined as never
    })
    expect(await brokenBy({}, [application])).toContain(
      law('gets each answer in the async context of its own call, when calls overlap'),
    )
    waiting = []
  })

  it('notice a store that calls the serializer for somebody else', async () => {
    let before: Promise<unknown> = Promise.resolve()
    breakStores(set, function (sid) {
      const { serializer } = this.options
      const turn = before.then(() =>
        AsyncResource.prototype.runInAsyncScope.call(noContext, () =>
          serializer.parse('{"number":0}', { sid }),
        ),
      )
      before = turn.catch(() => undefined)
      return turn.then(() => get.call(this, sid))
    })
    expect(await brokenBy({}, [application])).toContain(
      law(
        'has its serializer and its ttl called in the async context of the call that they are for',
      ),
    )
  })

  it('notice a store that gives one error to many', async () => {
    const first = new WeakMap<KnexSessionStore, unknown>()
    breakStores(set, function (sid) {
      return get.call(this, sid).catch((error: unknown) => {
        if (!first.has(this)) first.set(this, error)
        throw first.get(this) as Error
      })
    })
    expect(await brokenBy({}, [application])).toContain(
      law('gets an error of its own from each call, when one statement fails for many'),
    )
  })

  it('notice a store that takes whatever a serializer gives', async () => {
    breakStores(
      function (sid, session) {
        return set.call(this, sid, session).catch(() => undefined)
      },
      function (sid) {
        return get.call(this, sid).catch(() => null)
      },
    )
    expect(await brokenBy({}, [application])).toEqual(
      expect.arrayContaining([
        law(
          'whose serializer rejects, or returns something wrong, gets the error from that call only',
        ),
      ]),
    )
  })

  it('notice a store whose clock, once wrong, has later calls fail', async () => {
    const failed = new WeakSet<KnexSessionStore>()
    breakStores(function (sid, session) {
      if (failed.has(this)) return Promise.reject(new Error('the lane is lost'))
      return set.call(this, sid, session).catch((error: unknown) => {
        failed.add(this)
        throw error as Error
      })
    })
    expect(await brokenBy({}, [application])).toContain(
      law('whose clock fails once has one call fail, and no other'),
    )
  })

  it('notice a store that closes in the middle of a prune', async () => {
    type Prune = (this: KnexSessionStore) => Promise<number>
    const pruning = KnexSessionStore.prototype as unknown as { prune: Prune }
    const { prune } = pruning
    jest.spyOn(pruning, 'prune').mockImplementation(
      unlessByCallback(prune, async function () {
        return Math.min(await prune.call(this), 50)
      }),
    )
    expect(await brokenBy({}, [application])).toContain(
      law('that closes a store lets its prune finish'),
    )
  })
})

describe('the laws on touches that need no write', () => {
  afterEach(() => jest.restoreAllMocks())

  const touching = KnexSessionStore.prototype as unknown as { touch: Set }
  const { touch } = touching
  const broken = async (other: Set) => {
    jest.spyOn(touching, 'touch').mockImplementation(unlessByCallback(touch, other))
    return (await brokenBy({}, [touchInterval])).map((law) => law.replace(/^.*?: /u, ''))
  }

  it('notice a store that writes no touch', async () => {
    expect(await broken(() => Promise.resolve())).toEqual([
      'are those that move what was loaded by less than a twentieth of its life, and less than a minute',
      'never end a session earlier than its last touch says, by more than the interval',
      'are none where a call before it, not answered yet, ends the session sooner',
      'are none with a `touchInterval` of 0, and all with one of Infinity',
    ])
  })

  it('notice a store that writes every touch', async () => {
    const everything: Set = function (sid, session) {
      return touch.call(this, sid, { ...session })
    }
    expect(await broken(everything)).toEqual([
      'are those that move what was loaded by less than a twentieth of its life, and less than a minute',
      'are none with a `touchInterval` of 0, and all with one of Infinity',
    ])
  })
})
