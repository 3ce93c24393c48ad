import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { connectInMemory } from '../../dialect-testkit/test/connect-in-memory.js'
import { sqlite } from '../src/index.js'

export const hour = 3_600_000
export const start = Date.UTC(2026, 0, 31, 12, 0, 0, 500)
export const tableName = 'sessions'

export const session = (until: number, of = 'x'): SessionData =>
  ({ cookie: { expires: new Date(until).toISOString() }, of }) as unknown as SessionData
export const until = (read: SessionData | null | undefined): number =>
  read ? Date.parse(String(read.cookie.expires)) : NaN
const text = (of: string) => JSON.stringify(session(start, of))

/** A database of its own for each test. */
export let knex: Knex
/** The clock of the stores, which begins anew with each test. */
export const clock = { now: start }
export const stores: KnexSessionStore[] = []

beforeEach(() => {
  clock.now = start
  knex = connectInMemory()
})

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
  await knex.destroy()
})

/** A store on the table. */
export function storeOnTable(dialect = sqlite): KnexSessionStore {
  const store = new KnexSessionStore({
    knex,
    dialect,
    tableName,
    cleanupInterval: 0,
    clock: () => clock.now,
    touchInterval: 0,
  })
  stores.push(store)
  return store
}

export const key = 'sid varchar(255) primary key'

/** Makes the table with some rows, each with when it ends. */
export async function tableOf(
  columns: string,
  ends: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await knex.raw(`create table ${tableName} (${columns})`)
  await knex.raw(`create index by_end on ${tableName} (expired)`).catch(() => undefined)
  for (const [sid, expired] of Object.entries(ends)) await write(sid, expired)
}

/** Writes a row as others do. */
export async function write(sid: string, expired: unknown): Promise<void> {
  await knex.raw(`insert into ${tableName} (sid, sess, expired) values (?, ?, ?)`, [
    sid,
    text(sid),
    expired as Knex.RawBinding,
  ])
}

export const iso = (at: number): string => new Date(at).toISOString()
export const spaced = (at: number): string => iso(at).replace('T', ' ').slice(0, -1)
