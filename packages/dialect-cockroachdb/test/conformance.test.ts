import { describeConformance } from '@knex-session/dialect-testkit'
import { cockroachdb } from '../src/index.js'
import { connect, connectRefused, url } from './connection.js'

const schemaName = `Other "Schema" ${String(process.pid)}`

async function run(sql: string): Promise<void> {
  const knex = connect({ connections: 1 })
  try {
    await knex.raw(sql, [schemaName])
  } finally {
    await knex.destroy()
  }
}

const database = url === undefined ? {} : { connect, connectRefused, schemaName }

if (url !== undefined) {
  beforeAll(async () => run('create schema ??'))
  afterAll(async () => run('drop schema ?? cascade'))
}

describeConformance(
  { describe, it, beforeAll, afterAll },
  {
    name: 'CockroachDB by pg',
    adapter: cockroachdb,
    capabilities: { latestExpiry: Date.UTC(2262, 0, 1) - 1 },
    ...database,
  },
)
