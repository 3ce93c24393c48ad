import type { ErrorKind } from '../src/errors.js'
import { driverError, FakeDatabase, fakeAdapter } from './fake-database.js'

/** A store whose look at a table that is there fails for such a reason, until that is over. */
function storeWith(kind: ErrorKind) {
  const database = new FakeDatabase()
  const look = { fails: true, read: 0 }
  database.answer = ({ text }) => {
    if (text === 'look' && look.fails) throw driverError(kind)
    return undefined
  }
  const dialect = fakeAdapter({
    server: {
      inspect: {
        statements: () => [{ sql: 'look', bindings: [] }],
        answer: (_, table) => {
          look.read++
          return table
        },
      },
    },
  })
  return { look, store: database.store({ dialect }) }
}

describe('a table that the database user may not write', () => {
  /** A store whose question for rights fails for such a reason, until that is over. */
  function storeWithout(kind: ErrorKind, sentence?: string) {
    const database = new FakeDatabase()
    const right = { isMissing: true, asked: 0 }
    database.answer = ({ text }) => {
      if (text !== 'rights') return undefined
      right.asked++
      if (right.isMissing && sentence === undefined) throw driverError(kind)
      return undefined
    }
    const dialect = fakeAdapter({
      server: {
        rights: {
          statements: () => [{ sql: 'rights', bindings: [] }],
          answer: () => (right.isMissing ? sentence : undefined),
        },
      },
    })
    return { right, store: database.store({ dialect }) }
  }
  const session = { cookie: { originalMaxAge: 60_000 } } as never

  it.each([undefined, 'grant it'])(
    'is read all the same, and written once the right was given (told by a sentence: %s)',
    async (sentence) => {
      const { store, right } = storeWithout('access-denied', sentence)
      await expect(store.ready).rejects.toMatchObject({
        code: 'ERR_DATABASE',
        kind: 'access-denied',
        message: expect.stringContaining('grant') as string,
      })
      const { asked } = right
      expect(await store.get('a')).toBeNull()
      expect(await store.ids()).toEqual([])
      // Reads do not ask again.
      expect(right.asked).toBe(asked)
      await expect(store.set('a', session)).rejects.toMatchObject({ kind: 'access-denied' })
      right.isMissing = false
      await store.set('a', session)
      await store.ready
    },
  )

  it.each(['other', 'unsupported', 'connection', 'locked'] as const)(
    'is taken for one that may be written where the question fails by %s',
    async (kind) => {
      const { store, right } = storeWithout(kind)
      await store.ready
      await store.set('a', session)
      expect(right.asked).toBe(1)
    },
  )
})

describe('a table that cannot be looked at', () => {
  it('is taken for one that the adapter made if the user may not look', async () => {
    const { store, look } = storeWith('access-denied')
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    await store.ready
    expect(await store.get('a')).toBeNull()
    expect(look.read).toBe(0)
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
  })

  it('fails the call if the look fails for another reason, and is looked at again by the next one', async () => {
    const { store, look } = storeWith('other')
    await expect(store.ready).rejects.toMatchObject({ code: 'ERR_DATABASE', kind: 'other' })
    await expect(store.get('a')).rejects.toThrow('looking for the session table failed')
    look.fails = false
    expect(await store.get('a')).toBeNull()
    expect(look.read).toBe(1)
  })
})
