import type { DialectQueries, ErrorKind } from '../src/dialect/index.js'
import { driverError, fakeAdapter, FakeDatabase, fakeDriver, placesFor } from './fake-database.js'
import { realTime } from '../src/time.js'

const destroy: NonNullable<DialectQueries['destroy']> = {
  statement: (_, sids) => ({ sql: `destroy ${placesFor(sids)}`, bindings: sids }),
  answer: (result) => result as readonly string[],
}
const prune: NonNullable<DialectQueries['prune']> = {
  statement: () => ({ sql: 'prune', bindings: [] }),
  answer: () => ({ removed: 0 }),
}

describe('a faster statement of the adapter’s', () => {
  let now = 1_000
  let warn: jest.SpyInstance

  beforeEach(() => {
    jest.spyOn(realTime, 'now').mockImplementation(() => now)
    warn = jest.spyOn(process, 'emitWarning').mockImplementation()
  })

  afterEach(() => jest.restoreAllMocks())

  /** A store whose faster statements fail by an error of the kind, while there is one. */
  function failing(kind: ErrorKind) {
    const database = new FakeDatabase()
    const state: { kind: ErrorKind | undefined } = { kind }
    database.answer = ({ text }) => {
      if (state.kind !== undefined && /^(?:destroy|prune)/.test(text)) throw driverError(state.kind)
      if (text.startsWith('destroy')) return ['a']
      return text.startsWith('delete') ? 1 : []
    }
    return {
      database,
      state,
      store: database.store({ dialect: fakeAdapter({ queries: { destroy, prune } }), timeout: 0 }),
    }
  }

  it.each(['unsupported', 'access-denied'] as const)(
    'that the server answers by %s is left for a minute, and told of once',
    async (kind) => {
      const { database, state, store } = failing(kind)
      expect([await store.destroy('a'), await store.destroy('a')]).toEqual([1, 1])
      expect(database.texts.map((text) => text.split(' ', 1)[0])).toEqual([
        'destroy',
        'delete',
        'delete',
      ])
      now += 60_000
      expect(await store.destroy('a')).toBe(1)
      expect(database.texts.slice(3).map((text) => text.split(' ', 1)[0])).toEqual([
        'destroy',
        'delete',
      ])
      expect(warn).toHaveBeenCalledTimes(1)
      now += 60_000
      state.kind = undefined
      expect(await store.destroy('a')).toBe(1)
      expect(database.texts.at(-1)).toBe('destroy a')
    },
  )

  it('that fails for another reason fails the call, and is tried again by the next one', async () => {
    const { database, state, store } = failing('other')
    await expect(store.destroy('a')).rejects.toMatchObject({ kind: 'other' })
    state.kind = undefined
    expect(await store.destroy('a')).toBe(1)
    expect(database.texts).toEqual(['destroy a', 'destroy a'])
    expect(warn).not.toHaveBeenCalled()
  })

  it('that prunes is replaced by single deletes when a row is locked, and is tried again by the next prune', async () => {
    const { database, state, store } = failing('other')
    expect(await store.prune()).toBe(0)
    expect(database.texts.map((text) => text.split(' ', 1)[0])).toEqual(['prune', 'select'])
    state.kind = undefined
    expect(await store.prune()).toBe(0)
    expect(database.texts.at(-1)).toBe('prune')
    expect(warn).not.toHaveBeenCalled()
  })

  it('that is prepared is sent unprepared for a minute when the server no longer knows it, with one warning', async () => {
    const database = new FakeDatabase()
    const prepared: string[] = []
    const driver = fakeDriver(database, {
      run: (_, { sql }) => {
        prepared.push(sql)
        return prepared.length < 3
          ? Promise.reject(driverError('prepared-statement'))
          : Promise.resolve()
      },
    })
    const runner = database.runner(fakeAdapter({ driver }))
    const send = (sql: string) =>
      runner.statement(
        { sql, bindings: [], name: sql },
        { work: 'reading sessions', deadline: Infinity },
      )
    await expect(send('first')).rejects.toMatchObject({ kind: 'prepared-statement' })
    await send('second')
    now += 60_000
    await expect(send('third')).rejects.toMatchObject({ kind: 'prepared-statement' })
    now += 60_000
    await send('fourth')
    expect([prepared, database.texts]).toEqual([['first', 'third', 'fourth'], ['second']])
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('reading sessions failed'))
  })
})
