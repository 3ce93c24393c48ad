// Compiled as an ES module, as CommonJS and for a bundler, with the types of the packages and of
// what they build on.
import { cockroachdb } from '@knex-session/dialect-cockroachdb'
import { sqlite } from '@knex-session/dialect-sqlite'
import { mssql } from '@knex-session/dialect-mssql'
import { mysql } from '@knex-session/dialect-mysql'
import { oracle } from '@knex-session/dialect-oracle'
import { postgres } from '@knex-session/dialect-postgres'
import { describeConformance } from '@knex-session/dialect-testkit'
import {
  KnexSessionStore,
  SessionStoreError,
  type KnexSessionStoreOptions,
  type Serializer,
} from '@knex-session/core'
import { ConnectSessionKnexStore } from '@knex-session/core/compat'
import { encryption } from '@knex-session/core/encryption'
import { createSessionTable } from '@knex-session/core/migration'
import { defineDialect, type DialectAdapter } from '@knex-session/core/dialect'
import session, { type SessionData, type Store } from 'express-session'
import createKnex from 'knex'
import { serveTwoRequests } from './serve-two-requests.cjs'

declare module 'express-session' {
  interface SessionData {
    views?: number
  }
}

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
const serializer: Serializer = encryption({ keys: [Buffer.alloc(32)] })
const options: KnexSessionStoreOptions = {
  knex,
  dialect: sqlite,
  serializer,
  ttl: (found: SessionData) => (found.views ? 60_000 : 1_000),
}
const store: Store & KnexSessionStore = new KnexSessionStore(options)
const adapters: readonly DialectAdapter[] = [postgres, cockroachdb, mysql, sqlite, mssql, oracle]

// These would be no errors if one of the types were `any`.
// @ts-expect-error: the option is `tableName`
export const misspelt = (): KnexSessionStore => new KnexSessionStore({ knex, tableNam: 'sessions' })
// @ts-expect-error: an adapter has more than a name
export const incomplete = (): DialectAdapter => defineDialect({ name: 'incomplete' })
// @ts-expect-error: a session has no such property
export const unknown = async (): Promise<unknown> => (await store.get('sid'))?.viewz
export const views = async (): Promise<number | undefined> => (await store.get('sid'))?.views
export const old: typeof KnexSessionStore = ConnectSessionKnexStore
export const conformance: (...given: Parameters<typeof describeConformance>) => void =
  describeConformance
// @ts-expect-error: a table has no such option
export const mistaken = (): Promise<boolean> => createSessionTable(knex, { userID: true })
export const migrate = (): Promise<boolean> => createSessionTable(knex, { userId: true })
export const isFull = (error: unknown): boolean =>
  error instanceof SessionStoreError && error.code === 'ERR_QUEUE_FULL'

const main = async (): Promise<void> => {
  if (new Set(adapters).size !== 6) throw new Error('a dialect is missing')
  console.log(JSON.stringify(await serveTwoRequests(session, store)))
  await knex.destroy()
}
void main()
