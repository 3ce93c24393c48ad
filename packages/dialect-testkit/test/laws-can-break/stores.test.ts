import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import { errors } from '../../src/laws/errors.js'
import { secrecy } from '../../src/laws/secrecy.js'
import { brokenBy } from './breaking.js'

const title = (law: string) => `no error, event or line that is printed gives a session away: ${law}`

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

type Set = (this: KnexSessionStore, sid: string, session: SessionData) => Promise<void>
type Get = (this: KnexSessionStore, sid: string) => Promise<SessionData | null>

const prototype = KnexSessionStore.prototype as unknown as { get: Get; set: Set }
const { get, set } = prototype

/** Has every store do something else besides in `set`, and in `get` where it is given. */
function breakStores(otherSet: Set, otherGet: Get = get): void {
  jest.spyOn(prototype, 'set').mockImplementation(otherSet)
  jest.spyOn(prototype, 'get').mockImplementation(otherGet)
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
    expect(found).toEqual(expect.arrayContaining([...onCalls].filter((law) => law !== title('when a cookie cannot be read'))))
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
    expect(await brokenBy({}, [secrecy])).toEqual(expect.arrayContaining([title('when code of the application fails')]))
  })

  it('notice a store that prints the ids it is given', async () => {
    jest.spyOn(console, 'debug').mockImplementation()
    breakStores(function (sid, session) {
      console.debug('set', sid)
      return set.call(this, sid, session)
    })
    expect(await brokenBy({}, [secrecy])).toEqual(
      expect.arrayContaining([title('when the database refuses a row'), title('when an id is taken')]),
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
      expect.arrayContaining([title('when the database refuses a row'), title('when an id is taken')]),
    )
  })
})
