import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DialectAdapter } from '@knex-session/core/dialect'
import { mysql } from '@knex-session/dialect-mysql'
import { postgres } from '@knex-session/dialect-postgres'
import { sqlite } from '@knex-session/dialect-sqlite'
import createKnex, { type Knex } from 'knex'

/** A real database of a test file: open it in `beforeAll`, close it in `afterAll`. */
export interface TestDatabase {
  readonly name: string
  readonly adapter: DialectAdapter
  /** The smallest step of an expiry in a table made by connect-session-knex, in ms. */
  readonly legacyStep: number
  /** `connections`: the most of the pool. Default: 10; SQLite always has one. */
  open(options?: { readonly connections: number }): TestConnection
}

export interface TestConnection {
  readonly knex: Knex
  close(): Promise<void>
}

function server(client: string, variable: string, connections = 10): TestConnection {
  const connection = process.env[variable]
  if (connection === undefined)
    throw new Error(
      `${variable} is not set: run the tests by \`npm test\` or \`pnpm jest\`, which start the servers`,
    )
  const knex = createKnex({ client, connection, pool: { min: 0, max: connections } })
  return { knex, close: () => knex.destroy() }
}

function sqliteFile(): TestConnection {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-'))
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: join(folder, 'sessions.sqlite') },
    useNullAsDefault: true,
  })
  const close = async () => {
    await knex.destroy()
    rmSync(folder, { recursive: true })
  }
  return { knex, close }
}

export const databases: readonly TestDatabase[] = [
  {
    name: 'PostgreSQL',
    adapter: postgres,
    legacyStep: 1,
    open: (options) => server('pg', 'PG_URL', options?.connections),
  },
  {
    name: 'MariaDB',
    adapter: mysql,
    legacyStep: 1_000,
    open: (options) => server('mysql2', 'MYSQL_URL', options?.connections),
  },
  { name: 'SQLite', adapter: sqlite, legacyStep: 1, open: sqliteFile },
]

/** A table name no other test uses. */
export function uniqueTable(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 12)}`
}
