import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import createKnex from 'knex'
import { adapter } from '../src/adapter.js'

const hour = 3_600_000
const session = (ms: number) =>
  ({
    cookie: { originalMaxAge: hour, expires: new Date(Date.now() + ms).toISOString() },
    user: 'ann',
  }) as unknown as SessionData

/** better-sqlite3 gives every integer as a BigInt (docs, "The BigInt primitive type"). */
describe('a connection with safeIntegers', () => {
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:', options: { safeIntegers: true } } as never,
    useNullAsDefault: true,
  })
  const store = (tableName: string, more: object = {}) =>
    new KnexSessionStore({ knex, dialect: adapter, tableName, cleanupInterval: 0, ...more })

  afterAll(() => knex.destroy())

  it.each([{}, { batch: false }, { preparedStatements: false }])(
    'every call gives what was stored: %j',
    async (options) => {
      const tableName = `options_${Object.keys(options).join('')}`
      const own = store(tableName, options)
      const sids = Array.from({ length: 130 }, (_, index) => `sid ${String(index)}`)
      await Promise.all(sids.map((sid) => own.set(sid, session(hour))))
      expect(await own.length()).toBe(130)
      expect(await own.get('sid 0')).toMatchObject({ user: 'ann' })
      expect(
        await Promise.all(['sid 0', 'sid 1', 'nobody'].map((sid) => own.destroy(sid))),
      ).toEqual([1, 1, 0])
      await own.set('over', session(-hour))
      expect(await own.prune()).toBe(1)
      expect(await own.clear()).toBe(128)
    },
  )

  it('a table of others is looked at as on any other', async () => {
    const columns = 'sid varchar(255) primary key, sess text not null, expired text not null'
    await knex.raw(`create table further (${columns}, note text)`)
    await store('further').set('a', session(hour))
    await knex.raw(`create table needed (${columns}, note text not null)`)
    await expect(store('needed').ready).rejects.toThrow(
      /the column 'note' of the table 'needed' may not be null/,
    )
    await knex.raw('create table keyless (sid varchar(255), sess text, expired text)')
    await expect(store('keyless').ready).rejects.toThrow(/no unique key/)
  })
})
