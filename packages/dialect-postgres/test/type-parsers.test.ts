import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import knex, { type Knex } from 'knex'
import { postgres } from '../src/index.js'
import { connect } from './connection.js'

const minute = 60_000
const tableName = `type_parsers_${String(process.pid)}`

const sessionFor = (ms: number): SessionData =>
  ({ cookie: { originalMaxAge: minute, expires: new Date(Date.now() + ms).toISOString() } }) as unknown as SessionData

/** Works with a store on connections that have further settings. */
async function withSettings(settings: object, work: (store: KnexSessionStore, database: Knex) => Promise<void>): Promise<void> {
  const plain = connect({ connections: 1 })
  const { client, connection } = plain.client.config as { client: string; connection: object }
  const database = knex({ client, connection: { ...connection, ...settings }, pool: { min: 0, max: 4 } })
  const store = new KnexSessionStore({ knex: database, dialect: postgres, tableName, cleanupInterval: 0, touchInterval: 0 })
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
      await database.raw(`update ${tableName} set expired = 'infinity'`)
      expect(new Date(String((await store.get('live'))?.cookie.expires)).getTime()).toBe(8_640_000_000_000_000)
    })
  })
})
