import type { SessionData } from 'express-session'
import type { ErrorKind } from '../src/errors.js'
import { driverError, FakeDatabase, fakeAdapter, type FakeConnection } from './fake-database.js'

const session = { cookie: { originalMaxAge: 60_000 } } as unknown as SessionData

/** A database that lets nobody in from some time on, and how often somebody tried then. */
function closedDatabase(kind: ErrorKind) {
  const database = new FakeDatabase()
  const opened: FakeConnection[] = []
  const open = database.open.bind(database)
  const door = { isClosed: false, attempts: 0 }
  jest.spyOn(database, 'open').mockImplementation(() => {
    if (door.isClosed) {
      door.attempts++
      throw driverError(kind)
    }
    const connection = open()
    opened.push(connection)
    return connection
  })
  const shut = async () => {
    // A store keeps its connection for this long.
    await new Promise((resolve) => setImmediate(resolve))
    door.isClosed = true
    // What knex marks a connection with that it will not lend again.
    for (const connection of opened) Object.assign(connection, { __knex__disposed: 'shut' })
  }
  return { database, door, shut }
}

const calls = {
  get: (store) => store.get('a'),
  set: (store) => store.set('a', session),
  touch: (store) => store.touch('a', session),
  destroy: (store) => store.destroy('a'),
  all: (store) => store.all(),
  length: (store) => store.length(),
  clear: (store) => store.clear(),
  prune: (store) => store.prune(),
} satisfies Record<string, (store: ReturnType<FakeDatabase['store']>) => Promise<unknown>>

const kinds: readonly ErrorKind[] = ['other', 'unsupported', 'access-denied']
const cases = kinds.flatMap((kind) =>
  (Object.keys(calls) as (keyof typeof calls)[]).map((call) => [call, kind] as const),
)

describe('a database that refuses the connection', () => {
  it.each(cases)(
    'is asked once by a call, before the table was found: %s, %s',
    async (call, kind) => {
      const { database, door, shut } = closedDatabase(kind)
      await shut()
      const store = database.store()
      await expect(store.ready).rejects.toMatchObject({ kind })
      expect(door.attempts).toBe(1)
      await expect(calls[call](store)).rejects.toMatchObject({
        kind,
        message: expect.stringContaining('connecting to the database failed') as string,
      })
      expect(door.attempts).toBe(2)
    },
  )

  it.each(cases)('is asked once by a call, after that: %s, %s', async (call, kind) => {
    const { database, door, shut } = closedDatabase(kind)
    const none = { statement: () => ({ sql: 'own', bindings: [] }) }
    const dialect = fakeAdapter({
      queries: {
        read: { ...none, answer: () => [] },
        touch: { ...none, answer: () => 0 },
        destroy: { ...none, answer: () => 0 },
        prune: { ...none, answer: () => ({ deleted: 0, more: false }) },
      } as never,
    })
    const store = database.store({ dialect })
    await store.ready
    await shut()
    await expect(calls[call](store)).rejects.toMatchObject({ kind })
    expect(door.attempts).toBe(1)
  })

  it.each(kinds)('is asked once by calls that share a statement: %s', async (kind) => {
    const { database, door, shut } = closedDatabase(kind)
    const store = database.store()
    await store.ready
    await shut()
    const sids = Array.from({ length: 64 }, (_, index) => `sid-${String(index)}`)
    const outcomes = await Promise.allSettled([
      ...sids.map((sid) => store.set(sid, session)),
      ...sids.map((sid) => store.get(sid)),
    ])
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(door.attempts).toBeLessThan(32)
  })
})
