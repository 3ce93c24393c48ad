import { describeConformance } from '@knex-session/dialect-testkit'
import { mysql } from '../src/index.js'
import { connectBy, connectRefusedBy } from './connection.js'
import { sidColumns } from './sid-columns.js'

const schemaName = `Other-Schema ${String(process.pid)}`

async function run(sql: string): Promise<void> {
  const knex = connectBy('mysql2')({ connections: 1 })
  try {
    await knex.raw(sql, [schemaName])
  } finally {
    await knex.destroy()
  }
}

/**
 * The end of the last second of the calendar, which a column without fractions rounds up beyond it,
 * is not stored.
 */
const capabilities = { latestExpiry: Date.UTC(9999, 11, 31, 23, 59, 59) }

/** Plays every law by a driver. */
export function playConformance(client: 'mysql2' | 'mariadb'): void {
  beforeAll(async () => run('create database ??'))
  afterAll(async () => run('drop database ??'))

  describeConformance(
    { describe, it, beforeAll, afterAll },
    {
      name: `MySQL or MariaDB by ${client}`,
      adapter: mysql,
      capabilities,
      connect: connectBy(client),
      connectRefused: connectRefusedBy(client),
      schemaName,
      userInJson: (column) => `json_unquote(json_extract(${column}, '$.passport.user'))`,
      sidColumns: sidColumns(client),
    },
  )
}
