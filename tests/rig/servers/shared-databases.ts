import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import createKnex, { type Knex } from 'knex'
import { knexConfig } from '../load/connections.mjs'
import type { Load } from '../load/load-process.js'
import { applicationKnex } from './private-servers.js'

/** A database for tests that leave it running: the server of all tests, or an SQLite file. */
export interface SharedDatabase {
  readonly name: string
  readonly client: string
  /** `connections`: the most of an application's pool; SQLite always has one. Default: 10. */
  open(connections?: number): OpenDatabase
}

export interface OpenDatabase {
  /** How an application under load connects. */
  readonly load: Pick<Load, 'knex' | 'statements'>
  /** Somebody else who uses the database. */
  readonly other: Knex
  close(): Promise<void>
}

function onServer(client: string, url: string, connections = 10): OpenDatabase {
  const other = createKnex(applicationKnex(client, url))
  return {
    load: { knex: applicationKnex(client, url, { min: 0, max: connections }) },
    other,
    close: () => other.destroy(),
  }
}

/** As docs/databases.md has it. */
const sqliteStatements = [
  'pragma busy_timeout = 5000',
  'pragma journal_mode = wal',
  'pragma synchronous = normal',
]

function inFile(): OpenDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-'))
  const knex = {
    client: 'better-sqlite3',
    connection: { filename: join(folder, 'sessions.sqlite') },
    useNullAsDefault: true,
  }
  const other = createKnex(knexConfig({ knex, statements: sqliteStatements }))
  const close = async () => {
    await other.destroy()
    rmSync(folder, { recursive: true })
  }
  return { load: { knex, statements: sqliteStatements }, other, close }
}

/** The server of all tests, of either kind. */
export const servers: readonly (SharedDatabase & { url(): string })[] = [
  { name: 'PostgreSQL', client: 'pg', variable: 'PG_URL' },
  { name: 'MariaDB', client: 'mysql2', variable: 'MYSQL_URL' },
].map(({ name, client, variable }) => {
  const url = () => process.env[variable] ?? ''
  return { name, client, url, open: (connections) => onServer(client, url(), connections) }
})

export const serversAndSqlite: readonly SharedDatabase[] = [
  ...servers,
  { name: 'SQLite', client: 'better-sqlite3', open: inFile },
]
