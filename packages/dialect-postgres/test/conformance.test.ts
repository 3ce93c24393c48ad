import { describeConformance } from '@knex-session/dialect-testkit'
import { postgres } from '../src/index.js'
import { connect, connectRefused } from './connection.js'

const schemaName = `Other "Schema" ${String(process.pid)}`

async function run(sql: string): Promise<void> {
  const knex = connect({ connections: 1 })
  try {
    await knex.raw(sql, [schemaName])
  } finally {
    await knex.destroy()
  }
}

beforeAll(async () => run('create schema ??'))
afterAll(async () => run('drop schema ??'))

describeConformance(
  { describe, it, beforeAll, afterAll },
  { name: 'PostgreSQL by pg', adapter: postgres, connect, connectRefused, schemaName },
)
