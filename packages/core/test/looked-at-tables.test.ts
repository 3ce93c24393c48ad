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

describe('a table that cannot be looked at', () => {
  it('is taken for one that the adapter made where the user may not look', async () => {
    const { store, look } = storeWith('access-denied')
    await store.ready
    expect(await store.get('a')).toBeNull()
    expect(look.read).toBe(0)
  })

  it('is none to work on where the look fails for another reason, and looked at again by the next call', async () => {
    const { store, look } = storeWith('other')
    await expect(store.ready).rejects.toMatchObject({ code: 'ERR_DATABASE', kind: 'other' })
    await expect(store.get('a')).rejects.toThrow('looking for the session table failed')
    look.fails = false
    expect(await store.get('a')).toBeNull()
    expect(look.read).toBe(1)
  })
})
