import { describeConformance } from '@knex-session/dialect-testkit'
import { connectPostgres, connectRefused } from '../test/connection.js'
import { onPostgres } from '../test/on-postgres.js'

const schemaName = `Another "Schema" ${String(process.pid)}`

async function run(sql: string): Promise<void> {
  const knex = connectPostgres({ connections: 1 })
  try {
    await knex.raw(sql, [schemaName])
  } finally {
    await knex.destroy()
  }
}

beforeAll(async () => run('create schema ??'))
afterAll(async () => run('drop schema ?? cascade'))

describeConformance(
  { describe, it, beforeAll, afterAll },
  {
    name: "CockroachDB's adapter on PostgreSQL",
    adapter: onPostgres,
    connect: connectPostgres,
    connectRefused,
    schemaName,
    capabilities: { latestExpiry: Date.UTC(2262, 0, 1) - 1 },
    sidColumns: [{ type: 'varchar(255)' }],
  },
)
