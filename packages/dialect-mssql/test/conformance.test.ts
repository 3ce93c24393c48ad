import { describeConformance } from '@knex-session/dialect-testkit'
import { mssql } from '../src/index.js'
import { connect, connectRefused, url } from './connection.js'

const schemaName = `Other [Schema] ${String(process.pid)}`

async function run(sql: string): Promise<void> {
  const knex = connect({ connections: 1 })
  try {
    await knex.raw(`${sql} ${mssql.quoteIdentifier(schemaName)}`)
  } finally {
    await knex.destroy()
  }
}

/**
 * The end of the last day of the calendar, which the older type `datetime` rounds up beyond it, is
 * not stored.
 */
const capabilities = { latestExpiry: Date.UTC(9999, 11, 31) }
const database = url === undefined ? {} : { connect, connectRefused, schemaName }

if (url !== undefined) {
  beforeAll(async () => run('create schema'))
  afterAll(async () => run('drop schema'))
}

describeConformance(
  { describe, it, beforeAll, afterAll },
  { name: 'SQL Server by tedious', adapter: mssql, capabilities, ...database },
)
