import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeConformance, type ConnectOptions } from '@knex-session/dialect-testkit'
import knex, { type Knex } from 'knex'
import { sqlite } from '../src/index.js'

const runner = { describe, it, beforeAll, afterAll }
const folder = mkdtempSync(join(tmpdir(), 'knex-session-conformance-'))

/** What better-sqlite3 and sqlite3 have in common. */
interface Connection {
  exec(sql: string, done?: (error: unknown) => void): unknown
}

/** Runs SQL on each new connection, by the driver itself. */
function onConnect(sql: string, waits: boolean): Knex.PoolConfig {
  return {
    afterCreate(connection: Connection, done: (error: unknown, connection: Connection) => void) {
      if (waits) connection.exec(sql, (error) => done(error, connection))
      else {
        connection.exec(sql)
        done(null, connection)
      }
    },
  }
}

/**
 * A file in WAL mode with a second database attached; one connection per knex instance, as knex has
 * by default.
 */
function connectFile(client: string, file: string): (options: ConnectOptions) => Knex {
  const setUp = `pragma busy_timeout = 10000; pragma journal_mode = wal; pragma synchronous = normal; attach '${join(folder, `other-${file}`)}' as "Other ""Schema"""`
  return () =>
    knex({
      client,
      connection: { filename: join(folder, file) },
      useNullAsDefault: true,
      pool: { min: 0, max: 1, ...onConnect(setUp, client === 'sqlite3') },
    })
}

const inMemory = (): Knex =>
  knex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })

function isInstalled(driver: string): boolean {
  try {
    createRequire(__filename)(driver)
    return true
  } catch {
    return false
  }
}

/** Counts the indexes whose first column is the expiry. */
async function expiryIndexes(knex: Knex, tableName: string): Promise<number> {
  const sql = `select 1 from pragma_index_list(?) as l join pragma_index_info(l.name) as i where i.seqno = 0 and i.name = 'expired'`
  return (await knex.raw<unknown[]>(sql, [tableName])).length
}

afterAll(() => rmSync(folder, { recursive: true }))

/** Collations that take ids for equal which differ in case, or in blanks at the end. */
const sidColumns = [{ type: 'varchar(255) collate nocase' }, { type: 'varchar(255) collate rtrim' }]

const userInJson = (column: string) => `json_extract(${column}, '$.passport.user')`

describeConformance(runner, {
  name: 'an SQLite file by better-sqlite3',
  adapter: sqlite,
  expiryIndexes,
  userInJson,
  connect: connectFile('better-sqlite3', 'better.sqlite'),
  sidColumns,
  schemaName: 'Other "Schema"',
})

describeConformance(runner, {
  name: 'SQLite in memory by better-sqlite3',
  adapter: sqlite,
  expiryIndexes,
  userInJson,
  connect: inMemory,
  capabilities: { knexInstances: 1 },
})

if (isInstalled('sqlite3')) {
  describeConformance(runner, {
    name: 'an SQLite file by sqlite3',
    adapter: sqlite,
    expiryIndexes,
    userInJson,
    connect: connectFile('sqlite3', 'sqlite3.sqlite'),
    sidColumns,
    schemaName: 'Other "Schema"',
  })
}
