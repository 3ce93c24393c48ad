import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { adapter } from '../src/adapter.js'
import { connectBy } from './connection.js'

export const start = Date.UTC(2026, 0, 31, 12)
export const session = (until: number, of: string): SessionData =>
  ({ cookie: { expires: new Date(until).toISOString() }, of }) as unknown as SessionData
export const until = (read: SessionData | null | undefined): number =>
  read ? Date.parse(String(read.cookie.expires)) : NaN

export const columns =
  'sid varchar(255) character set utf8mb4 collate utf8mb4_bin not null, sess json not null, expired datetime(3) not null'
export const withKey = (keys: string): string => `(${columns}, index by_expiry (expired), ${keys})`

export const knex = connectBy('mysql2')({ connections: 4 })
let tables = 0
export const made: string[] = []
export const opened: KnexSessionStore[] = []

/** Makes a table; resolves to its name. */
export async function table(definition: string): Promise<string> {
  const name = `others_${String(process.pid)}_${String(++tables)}`
  made.push(name)
  await knex.raw(`create table \`${name}\` ${definition} engine = InnoDB`)
  return name
}

/** A store on one of them, which makes none. */
export function storeOn(
  tableName: string,
  options: { readonly knex?: Knex; readonly clock?: () => number } = {},
): KnexSessionStore {
  const store = new KnexSessionStore({
    knex,
    dialect: adapter,
    tableName,
    createTable: false,
    cleanupInterval: 0,
    clock: () => start,
    ...options,
  })
  opened.push(store)
  return store
}

/** Ends what the tests of a file have opened and made. */
export async function closeOthers(): Promise<void> {
  await Promise.all(opened.map((store) => store.close()))
  for (const name of made) await knex.schema.dropTableIfExists(name)
  await knex.destroy()
}

export const range = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `sid-${String(index)}`)
