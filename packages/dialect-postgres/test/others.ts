import { KnexSessionStore } from '@knex-session/core'
import type { SessionData } from 'express-session'
import type { Knex } from 'knex'
import { postgres } from '../src/index.js'
import { connect } from './connection.js'

export const hour = 3_600_000
export const tableName = `of_others_${String(process.pid)}`

export const sessionFor = (ms: number): SessionData =>
  ({
    cookie: { originalMaxAge: hour, expires: new Date(Date.now() + ms).toISOString() },
    of: ms,
  }) as unknown as SessionData

const columns = {
  sid: 'varchar(255) primary key',
  sess: 'json not null',
  expired: 'timestamptz not null',
}

/** The types of columns, where they are not the usual ones, and what else the table has. */
export type Types = Partial<typeof columns> & { readonly more?: string }

/** Works on a table with such columns, on connections in a time zone. */
export async function onTable(
  types: Types,
  work: (store: KnexSessionStore, knex: Knex) => Promise<void>,
  utcOffset = '+00:00',
): Promise<void> {
  const knex = connect({ connections: 4, utcOffset })
  const { more, ...all } = { ...columns, ...types }
  const definitions = Object.entries(all).map(([name, type]) => `${name} ${type}`)
  await knex.raw(
    `create table ${tableName} (${[...definitions, ...(more === undefined ? [] : [more])].join(', ')})`,
  )
  await knex.raw(`create index on ${tableName} (expired)`)
  const store = new KnexSessionStore({
    knex,
    dialect: postgres,
    tableName,
    cleanupInterval: 0,
    createTable: false,
    touchInterval: 0,
  })
  try {
    await work(store, knex)
  } finally {
    await store.close()
    await knex.raw(`drop table ${tableName}`)
    await knex.destroy()
  }
}
