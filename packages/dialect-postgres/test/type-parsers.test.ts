import { KnexSessionStore } from '@knex-session/core'
import { sessionTable, toEpochMs } from '@knex-session/core/dialect'
import type { SessionData } from 'express-session'
import knex, { type Knex } from 'knex'
import { types } from 'pg'
import { postgres } from '../src/index.js'
import { connect } from './connection.js'

const minute = 60_000
const tableName = `type_parsers_${String(process.pid)}`

const sessionFor = (ms: number): SessionData =>
  ({
    cookie: { originalMaxAge: minute, expires: new Date(Date.now() + ms).toISOString() },
  }) as unknown as SessionData

/** Works with a store on connections that have further settings. */
async function withSettings(
  settings: object,
  work: (store: KnexSessionStore, database: Knex) => Promise<void>,
): Promise<void> {
  const plain = connect({ connections: 1 })
  const { client, connection } = plain.client.config as { client: string; connection: object }
  const database = knex({
    client,
    connection: { ...connection, ...settings },
    pool: { min: 0, max: 4 },
  })
  const store = new KnexSessionStore({
    knex: database,
    dialect: postgres,
    tableName,
    cleanupInterval: 0,
    touchInterval: 0,
  })
  try {
    await work(store, database)
  } finally {
    await store.close()
    await plain.raw(`drop table if exists ${tableName}`)
    await Promise.all([plain.destroy(), database.destroy()])
  }
}

describe('a connection in binary mode', () => {
  it('reads expiries as they were written, at the ends of time too, and prunes all', async () => {
    await withSettings({ binary: true }, async (store, database) => {
      const expired = Array.from({ length: 160 }, (_, index) => `expired ${String(index)}`)
      await store.set('live', sessionFor(60 * minute))
      await Promise.all(expired.map((sid, index) => store.set(sid, sessionFor(-minute - index))))
      const live = await store.get('live')
      const left = new Date(String(live?.cookie.expires)).getTime() - Date.now()
      expect(Math.abs(left - 60 * minute)).toBeLessThan(minute)
      expect(await store.prune()).toBe(160)
      expect(await store.length()).toBe(1)
      // From 128 on a byte of the number is no character, and node-postgres reads it as one.
      await Promise.all(expired.slice(0, 129).map((sid) => store.set(sid, sessionFor(minute))))
      expect(await store.length()).toBe(130)
      const statement = postgres.queries?.prune?.statement(
        sessionTable({ tableName }),
        toEpochMs(Date.now()),
        { limit: 500 },
      )
      await Promise.all(expired.map((sid) => store.set(sid, sessionFor(-minute))))
      const result: unknown = await database.raw(
        String(statement?.sql),
        statement?.bindings as number[],
      )
      expect(postgres.queries?.prune?.answer(result)).toMatchObject({ removed: 160 })
      await database.raw(`update ${tableName} set expired = 'infinity'`)
      expect(new Date(String((await store.get('live'))?.cookie.expires)).getTime()).toBe(
        8_640_000_000_000_000,
      )
    })
  })
})

type Parse = (text: string) => unknown

/** The connection's own type parsers: the usual ones but for some types. */
function typesWith(own: Readonly<Record<number, Parse>>): object {
  return {
    types: {
      getTypeParser: (type: Parameters<typeof types.getTypeParser>[0], format?: 'text') =>
        own[type] ?? (types.getTypeParser(type, format) as Parse),
    },
  }
}

describe('type parsers of the application', () => {
  const asJson: Parse = (text) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return text
    }
  }

  it.each<[string, Readonly<Record<number, Parse>>]>([
    ['make upper case of varchar', { 1043: (text) => text.toUpperCase() }],
    ['make objects of varchar', { 1043: (text) => ({ text }) }],
    ['trim text', { 25: (text) => text.trim() }],
    ['take text for latin1', { 25: (text) => Buffer.from(text).toString('latin1') }],
    ['read JSON in text', { 25: asJson }],
  ])('that %s are refused by name', async (_what, own) => {
    await withSettings(typesWith(own), async (store) => {
      await expect(store.ready).rejects.toThrow(
        /use the type parsers of node-postgres for `text` and `varchar`/,
      )
    })
  })

  it('that make other numbers of numbers are not in the way', async () => {
    const refuse: Parse = () => {
      throw new Error('a number was read')
    }
    const own = {
      20: refuse,
      21: refuse,
      23: BigInt,
      700: refuse,
      701: (text: string) => ({ text }),
      1184: (text: string) => text,
    }
    await withSettings(typesWith(own), async (store) => {
      await store.set('a', sessionFor(minute))
      await store.set('b', sessionFor(-minute))
      expect(await store.get('a')).not.toBeNull()
      expect(await store.length()).toBe(1)
      expect(await store.prune()).toBe(1)
    })
  })
})
