import { MemoryStore, type SessionData, type Store } from 'express-session'
import type { IncomingMessage } from 'node:http'
import { toEpochMs } from '../src/dialect/index.js'
import {
  readPayload,
  writePayload,
  type Serializer,
  type StoredSession,
} from '../src/session/payload.js'

const expired = toEpochMs(Date.UTC(2040, 0, 1))
const later = toEpochMs(Date.UTC(2041, 0, 1))

/** As express-session does with what `get` gave. */
const createSession = (data: SessionData): Record<string, unknown> => {
  const store = new MemoryStore() as Store & {
    createSession(req: IncomingMessage, data: SessionData): unknown
  }
  return store.createSession({} as unknown as IncomingMessage, data) as Record<string, unknown>
}

const stored = (): SessionData =>
  ({
    cookie: { originalMaxAge: 60_000, expires: '2030-01-01T00:00:00.000Z' },
    user: 'Ann',
  }) as unknown as SessionData

const read = (stored: StoredSession, serializer: Serializer) =>
  readPayload(stored, serializer, { sid: 'a' }) as SessionData

const giving = (session: SessionData) => ({ stringify: () => '{}', parse: () => session })

describe('an object that a serializer gives', () => {
  it('may be frozen, and its cookie too', () => {
    const session = stored()
    Object.freeze(session.cookie)
    const given = read({ sess: '{}', expired }, giving(Object.freeze(session)))
    expect(given.cookie.expires).toBe('2040-01-01T00:00:00.000Z')
    const created = createSession(given)
    created['visits'] = 1
    expect(created).toMatchObject({ user: 'Ann', visits: 1 })
  })

  it('may be the same for several calls: none meets what another request has made of it', () => {
    const serializer = giving(stored())
    const [one, other] = [
      read({ sess: '{}', expired }, serializer),
      read({ sess: '{}', expired: later }, serializer),
    ]
    Object.assign(one, { user: 'Bob' })
    expect(one.cookie.expires).toBe('2040-01-01T00:00:00.000Z')
    expect(other).toMatchObject({ user: 'Ann', cookie: { expires: '2041-01-01T00:00:00.000Z' } })
    expect(serializer.parse()).toEqual(stored())
  })

  it('keeps its class', () => {
    class Visit {
      readonly cookie = stored().cookie
      user = 'Ann'
      get greeting(): string {
        return `Hello, ${this.user}`
      }
    }
    const given = read({ sess: '{}', expired }, giving(new Visit()))
    expect(given).toBeInstanceOf(Visit)
    expect(given).toMatchObject({ greeting: 'Hello, Ann' })
  })
})

it.each([
  ['{"a":1}', '{"a":1}'],
  ['{no', '"{no"'],
  ['"text"', String.raw`"\\\"text\""`],
])('the text %s of a serializer is stored as JSON', (text, json) => {
  const serializer = { stringify: () => text, parse: () => ({}) as SessionData }
  expect(writePayload({} as SessionData, serializer, { sid: 'a' })).toBe(json)
})
