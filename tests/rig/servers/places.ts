import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import createKnex, { type Knex } from 'knex'
import { uniqueTable } from './databases.js'

/** Where two stores share a table. */
export interface Place {
  readonly knex: Knex
  readonly connection: string
  end(): Promise<void>
}

/** A file of which the store of the other package makes the tables. */
export function sqliteFile(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-in-place-'))
  const filename = join(folder, 'sessions.sqlite')
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename },
    useNullAsDefault: true,
  })
  return Promise.resolve({
    knex,
    connection: filename,
    async end() {
      await knex.destroy()
      rmSync(folder, { recursive: true })
    },
  })
}

/** A schema of its own, whose connections are in Tokyo. */
export async function postgresSchema(): Promise<Place> {
  const schema = uniqueTable('in_place')
  const url = new URL(process.env['PG_URL'] ?? '')
  url.searchParams.set('options', `-c search_path=${schema} -c TimeZone=Asia/Tokyo`)
  const knex = createKnex({ client: 'pg', connection: url.href })
  await knex.raw('create schema ??', [schema])
  return {
    knex,
    connection: url.href,
    async end() {
      await knex.raw('drop schema ?? cascade', [schema])
      await knex.destroy()
    },
  }
}

/** A database of its own, whose connections are in Tokyo. */
export async function mysqlDatabase(): Promise<Place> {
  const name = uniqueTable('in_place')
  const url = process.env['MYSQL_URL'] ?? ''
  const server = createKnex({ client: 'mysql2', connection: url })
  await server.raw('create database ??', [name])
  const connection = Object.assign(new URL(url), { pathname: `/${name}` }).href
  const inTokyo = (
    made: { query(sql: string, done: (error: unknown) => void): void },
    done: (error: unknown, made: unknown) => void,
  ) => {
    made.query(`set time_zone = '+09:00'`, (error) => {
      done(error, made)
    })
  }
  const knex = createKnex({ client: 'mysql2', connection, pool: { min: 0, afterCreate: inTokyo } })
  return {
    knex,
    connection,
    async end() {
      await server.raw('drop database ??', [name])
      await Promise.all([knex.destroy(), server.destroy()])
    },
  }
}
