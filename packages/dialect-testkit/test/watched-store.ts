import { KnexSessionStore, type KnexSessionStoreOptions } from '@knex-session/core'
import type { DialectAdapter } from '@knex-session/core/dialect'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { asText } from './golden.js'

/** A store on a table with quoted names while somebody listens to what it asks. */
export interface WatchedStore {
  readonly options: KnexSessionStoreOptions
  /** The queries that some work leads to, as they reach the driver. */
  asked(work: (store: KnexSessionStore) => Promise<unknown>): Promise<string>
  /** Ids that are more than a page has; each has a session then. */
  storeMany(): Promise<readonly string[]>
  /** Moves the clock of the store, in ms. */
  advance(ms: number): void
}

const session = { cookie: { originalMaxAge: 60_000 } } as unknown as SessionData

/**
 * The store of a `describe`, with the sessions `a`, `b` and `c` before each test. `edit` takes out
 * of the text of a query what differs from run to run.
 */
export function watchStore(
  knex: Knex,
  dialect: DialectAdapter,
  edit: (text: string) => string = (text) => text,
): WatchedStore {
  const tableName = `core-queries-${process.pid}`
  const queries: string[] = []
  let now = Date.UTC(2026, 0, 31, 12)
  const options = {
    knex,
    dialect,
    tableName,
    columns: { sid: 'SessionId' },
    cleanupInterval: 0,
    clock: () => now,
    batch: { lanes: 1 },
  }
  let store: KnexSessionStore
  const setEach = (sids: readonly string[]) =>
    Promise.all(sids.map((sid) => store.set(sid, session)))

  beforeAll(async () => {
    store = new KnexSessionStore(options)
    await store.ready
    knex.on('query', (query: { sql: string; bindings: readonly unknown[] }) => {
      queries.push(edit(asText(query).replaceAll(tableName, 'user-sessions')))
    })
  })

  beforeEach(() => setEach(['a', 'b', 'c']))

  afterAll(async () => {
    await store.close()
    await knex.schema.dropTable(tableName)
    await knex.destroy()
  })

  return {
    options,
    async asked(work) {
      queries.length = 0
      await work(store)
      return queries.join('\n')
    },
    async storeMany() {
      const sids = Array.from({ length: 130 }, (_, n) => `sid-${String(n).padStart(3, '0')}`)
      await setEach(sids)
      return sids
    },
    advance(ms) {
      now += ms
    },
  }
}
