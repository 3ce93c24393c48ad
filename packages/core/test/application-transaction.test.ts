import type { Knex } from 'knex'
import type { DialectQueries, DriverAccess } from '../src/dialect/index.js'
import { endOf } from './deferred.js'
import { driverError, fakeAdapter, FakeDatabase, fakeDriver, placesFor } from './fake-database.js'
import { pass, useStandingClock } from './standing-clock.js'

const session = { cookie: { originalMaxAge: 60_000 } } as never

/** An adapter that has all the fast paths. */
const queries: DialectQueries = {
  touch: {
    statement: (_, rows, __, { durable }) => ({
      sql: `touch ${durable ? 'durably' : 'lazily'} ${placesFor(rows)}`,
      bindings: rows.map(({ sid }) => sid),
    }),
    answer: () => undefined,
  },
  destroy: {
    statement: (_, sids) => ({ sql: `destroy ${placesFor(sids)}`, bindings: sids }),
    answer: (result) => result as readonly string[],
  },
  prune: {
    statement: () => ({ sql: 'prune', bindings: [] }),
    answer: () => ({ removed: 0 }),
  },
}

/** A store on a transaction of the application's, whose table is there. */
async function inTransaction(more: DialectQueries = {}) {
  const database = new FakeDatabase()
  const trx: Knex.Transaction = await database.knex.transaction()
  const store = database.store({
    knex: trx,
    dialect: fakeAdapter({ queries: { ...queries, ...more } }),
    timeout: 1_000,
  })
  await store.ready
  const before = database.texts.length
  return { database, trx, store, since: () => database.texts.slice(before) }
}

describe('in a transaction of the application’s', () => {
  it('an error that its listeners see holds no value of ours, and those of its own queries are as it set them', async () => {
    const { database, trx, store } = await inTransaction()
    const heard: string[] = []
    database.knex.on('query-error', ({ message }: Error) => void heard.push(message))
    database.answer = () => {
      throw driverError('other')
    }
    await expect(store.set('the sid', session)).rejects.toMatchObject({ kind: 'other' })
    await expect(store.length()).rejects.toMatchObject({ kind: 'other' })
    expect(heard).toEqual([
      expect.stringContaining('upsert ? - '),
      expect.stringContaining('expired > ?'),
    ])
    await expect(trx.raw('of the application ?', ['its value'])).rejects.toThrow(
      "of the application 'its value' - ",
    )
  })

  it('a statement after its end is refused', async () => {
    const { trx, store, since } = await inTransaction()
    await trx.commit()
    const sent = since().length
    await expect(store.set('a', session)).rejects.toMatchObject({ code: 'ERR_DATABASE' })
    expect(since()).toHaveLength(sent)
  })

  it('a touch does not change how it commits', async () => {
    const { since, store } = await inTransaction()
    await store.touch('a', session)
    expect(since()).toEqual(['touch durably a'])
    const outside = new FakeDatabase()
    await outside.store({ dialect: fakeAdapter({ queries }) }).touch('a', session)
    expect(outside.texts).toEqual(['touch lazily a'])
  })

  it.each(['other', 'unsupported'] as const)(
    'a destroy that the database refuses fails by that, and sends nothing after it: %s',
    async (kind) => {
      const { database, since, store } = await inTransaction()
      database.answer = ({ text }) => {
        if (text.startsWith('destroy')) throw driverError(kind)
      }
      await expect(store.destroy('a')).rejects.toMatchObject({ kind })
      expect(since()).toEqual(['destroy a'])
    },
  )

  it('outside of one, a destroy that the database does not know goes on as on any database', async () => {
    const database = new FakeDatabase()
    database.answer = ({ text }) => {
      if (text.startsWith('destroy')) throw driverError('unsupported')
      return text.startsWith('delete') ? 1 : []
    }
    expect(await database.store({ dialect: fakeAdapter({ queries }) }).destroy('a')).toBe(1)
    expect(database.texts).toEqual(['destroy a', 'delete from sessions where sid in (a)'])
  })

  it('a prune finds the rows and deletes them by their ids', async () => {
    const { database, since, store } = await inTransaction()
    database.answer = ({ text }) => {
      if (text.startsWith('select')) return [{ sid: 'a', until: 0 }]
      return text.startsWith('delete') ? 1 : []
    }
    expect(await store.prune()).toBe(1)
    expect(since()).toEqual([
      expect.stringMatching(/^select sid as sid, expired as until from sessions /),
      expect.stringMatching(/^delete from sessions where sid in \(a\) and expired <= /),
    ])
  })

  it('a prune that finds as many rows as it asked for goes on from the last of them', async () => {
    const { database, since, store } = await inTransaction()
    let rows = Array.from({ length: 1_000 }, (_, sid) => ({ sid: String(sid), until: 5_000 }))
    database.answer = ({ text }) => {
      if (!text.startsWith('select')) return text.startsWith('delete') ? 50 : []
      const found = rows
      rows = []
      return found
    }
    expect(await store.prune()).toBe(1_000)
    const looks = since().filter((text) => text.startsWith('select'))
    expect(looks).toEqual([
      expect.not.stringContaining('expired >= '),
      expect.stringMatching(/ expired <= \d+ and expired >= 4000 /),
    ])
  })

  it('everything goes by its connection, and the end of the store leaves it open', async () => {
    const { database, store, trx } = await inTransaction()
    await store.set('a', session)
    await store.get('a')
    await store.close()
    await trx.commit()
    expect(new Set(database.sent.map(({ on }) => on.number))).toEqual(new Set([1]))
    expect(database.texts.at(-1)).toBe('COMMIT;')
    expect(database.closed).toEqual([])
  })

  describe('by the clock', () => {
    useStandingClock()

    it('looks for no locks, and stops no statement that waits for one', async () => {
      const { database, since, store } = await inTransaction({
        skipLocked: {
          statement: () => ({ sql: 'look for locks', bindings: [] }),
          answer: () => [],
        },
      })
      database.answer = () => new Promise((resolve) => setTimeout(resolve, 700))
      const written = endOf(store.set('a', session))
      await pass(800)
      expect([written.now, since()]).toEqual(['done', ['upsert a']])
      database.answer = ({ text }) => {
        if (text.startsWith('upsert')) throw driverError('locked')
      }
      const locked = endOf(store.set('a', session))
      await pass(2_000)
      expect([locked.now, new Set(since())]).toEqual(['ERR_DATABASE', new Set(['upsert a'])])
    })

    it('a statement whose time is up loses it no connection', async () => {
      const ended: unknown[] = []
      const { database, store, trx } = await inTransaction()
      const cancelQuery: DriverAccess['cancelQuery'] = () => Promise.reject(new Error('no room'))
      const driver = fakeDriver(database, {
        cancelQuery,
        destroy: (connection) => void ended.push(connection),
      })
      const impatient = database.store({
        knex: trx,
        dialect: fakeAdapter({ queries, driver }),
        timeout: 1_000,
      })
      await impatient.ready
      database.answer = ({ text }) =>
        text.startsWith('upsert') ? new Promise(() => undefined) : []
      const late = endOf(impatient.set('a', session))
      await pass(4_000)
      expect([late.now, ended]).toEqual(['ERR_TIMEOUT', []])
      await trx.commit()
      expect(database.texts.at(-1)).toBe('COMMIT;')
      await store.close()
    })
  })
})
