import { AsyncLocalStorage } from 'node:async_hooks'
import type { SessionData } from 'express-session'
import { sessionTable } from '../src/dialect/index.js'
import { type KnexSessionStore, type KnexSessionStoreOptions } from '../src/index.js'
import { handleOf } from '../src/session/user.js'
import { fakeAdapter, FakeDatabase } from './fake-database.js'

const session = { cookie: { originalMaxAge: 1_000 }, user: 'ann' } as unknown as SessionData

async function storeWith(
  userId: unknown,
): Promise<{ store: KnexSessionStore; database: FakeDatabase }> {
  const database = new FakeDatabase()
  const store = database.store({ userId } as KnexSessionStoreOptions)
  await store.ready
  return { store, database }
}

describe('the option `userId`', () => {
  it.each([
    ['a promise', () => Promise.reject(new Error('ann')), 'a promise'],
    ['an object', () => ({ id: 7 }), 'a value of type object'],
    ['true', () => true, 'a value of type boolean'],
    ['a BigInt', () => 7n, 'a value of type bigint'],
    ['NaN', () => NaN, 'a value of type number'],
    ['Infinity', () => Infinity, 'a value of type number'],
    ['an empty text', () => '', 'it is empty'],
    ['a text that is too long', () => 'x'.repeat(256), 'more than 255 characters'],
    ['an end with a space', () => 'ann ', 'ends with a space'],
  ])('is refused when the function returns %s', async (_, userId, problem) => {
    const { store, database } = await storeWith(userId)
    const before = database.sent.length
    const error = await store.set('a', session).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION' })
    expect((error as Error).message).toContain('`userId`')
    expect((error as Error).message).toContain(problem)
    expect(database.sent).toHaveLength(before)
  })

  it('says nothing of what the function threw', async () => {
    const { store } = await storeWith(() => {
      throw new RangeError('ann')
    })
    const error = await store.set('a', session).catch((reason: unknown) => reason)
    expect((error as Error).message).toContain('the function threw a RangeError')
    expect((error as Error).message).not.toContain('ann')
  })

  it('is called in the async context of the caller', async () => {
    const request = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const { store } = await storeWith(() => void seen.push(request.getStore()))
    await Promise.all(
      ['one', 'two'].map((name) => request.run(name, () => store.set(name, session))),
    )
    expect(seen).toEqual(['one', 'two'])
  })

  it.each([{}, undefined, 'user'])('refuses %j', (userId) => {
    const options = { userId, maxSessionsPerUser: 1 } as never
    expect(() => new FakeDatabase().store(options)).toThrow(TypeError)
  })

  it('is needed by `maxSessionsPerUser`, which is a whole number', () => {
    expect(() => new FakeDatabase().store({ maxSessionsPerUser: 1 })).toThrow(
      /`maxSessionsPerUser`: needs the option `userId`/,
    )
    for (const maxSessionsPerUser of [0, 1.5, -1, Infinity]) {
      expect(() => new FakeDatabase().store({ userId: () => 1, maxSessionsPerUser })).toThrow(
        /`maxSessionsPerUser`/,
      )
    }
  })
})

describe('`sessionsOf`', () => {
  it('does not throw for a wrong user id; its calls fail', async () => {
    const { store, database } = await storeWith(() => 'ann')
    const before = database.sent.length
    for (const user of [undefined, null, '', NaN, {}, Promise.resolve('ann')]) {
      const none = store.sessionsOf(user as never)
      for (const call of [
        none.list(),
        none.count(),
        none.revoke('a'),
        none.revokeOthers('a'),
        none.revokeAll(),
      ]) {
        await expect(call).rejects.toThrow(TypeError)
      }
    }
    expect(database.sent).toHaveLength(before)
  })

  it('fails without the option `userId`', async () => {
    const store = new FakeDatabase().store()
    await expect(store.sessionsOf('ann').list()).rejects.toMatchObject({
      code: 'ERR_INVALID_OPTION',
    })
  })
})

it.each(['createdAt', 'lastSeenAt'] as const)(
  'a column of times that is named is written also where nothing else needs it: %s',
  async (field) => {
    const rows: object[] = []
    const upsert = (_: unknown, written: readonly object[]) => {
      rows.push(...written)
      return { sql: 'upsert', bindings: [] }
    }
    const columns = { [field]: 'at' }
    const store = new FakeDatabase().store({
      dialect: fakeAdapter({ upsert }),
      columns,
      clock: () => 1_000,
    })
    await store.set('a', session)
    expect(rows).toMatchObject([{ [field]: 1_000 }])
  },
)

describe('a handle', () => {
  it('is the first 128 bits of the SHA-256 of the session id', () => {
    expect(handleOf('abc')).toBe(
      Buffer.from('ba7816bf8f01cfea414140de5dae2223', 'hex').toString('base64url'),
    )
  })
})

describe('a table', () => {
  it('has the columns of users when options need them', () => {
    expect(sessionTable().columns.map(({ name }) => name)).toEqual(['sid', 'sess', 'expired'])
    const { columns, column } = sessionTable({ userId: true })
    expect(columns.map(({ name }) => name)).toEqual([
      'sid',
      'sess',
      'expired',
      'user_id',
      'created_at',
      'last_seen_at',
    ])
    expect(column.userId).toBe(columns[3])
    expect(() => sessionTable({ userId: true, columns: { sid: 'USER_ID' } })).toThrow(
      /`columns.userId`/,
    )
  })

  it('has the named columns, with the given types', () => {
    const { column } = sessionTable({
      columns: { sid: 'id', createdAt: 'made', lastSeenAt: { name: 'seen', type: 'timestamp' } },
    })
    expect(Object.values(column).map(({ name }) => name)).toEqual([
      ...['id', 'sess', 'expired', 'made', 'seen'],
    ])
    expect(column.lastSeenAt).toMatchObject({ form: 'timestamp', options: ['columns'] })
    expect(() => sessionTable({ columns: { sess: 'a?' } })).toThrow(
      /`columns.sess`: a name must hold no/,
    )
    expect(() => sessionTable({ columns: { sess: 'Expired' } })).toThrow(
      /`columns.expired`: 'expired' is the name of another column/,
    )
  })

  it('refuses a type that the dialect does not have', () => {
    const columns = { expired: { name: 'ends', type: 'unix-ms' } } as const
    expect(() => sessionTable({ columns })).toThrow(
      /`columns.expired`: the dialect has no type 'unix-ms'; it has 'timestamp'/,
    )
  })
})
