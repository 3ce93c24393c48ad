import { describeConformance, type SidColumn } from '@knex-session/dialect-testkit'
import { mysql } from '../src/index.js'
import { connectBy, connectCarelesslyBy, connectRefusedBy } from './connection.js'

const schemaName = `Other-Schema ${String(process.pid)}`

async function run(sql: string): Promise<void> {
  const knex = connectBy('mysql2')({ connections: 1 })
  try {
    await knex.raw(sql, [schemaName])
  } finally {
    await knex.destroy()
  }
}

beforeAll(async () => run('create database ??'))
afterAll(async () => run('drop database ??'))

/**
 * The end of the last second of the calendar, which a column without fractions rounds up beyond it,
 * is not stored.
 */
const capabilities = { latestExpiry: Date.UTC(9999, 11, 31, 23, 59, 59) }

const loose = [
  'varchar(255) character set latin1',
  'varchar(255) character set utf8mb4 collate utf8mb4_unicode_ci',
]
const further = [
  'varchar(255) character set utf8mb3 collate utf8mb3_unicode_ci',
  'varchar(255) character set ascii collate ascii_bin',
  'varchar(40) character set utf8mb4 collate utf8mb4_bin',
]

/**
 * Columns without a strict `sql_mode`, and character sets of connections, of which only mysql2
 * takes others than utf8mb4.
 */
function sidColumns(client: 'mysql2' | 'mariadb'): readonly SidColumn[] {
  const on = (types: readonly string[], charset?: string) =>
    types.map((type) => ({ type, connect: connectCarelesslyBy(client, charset) }))
  if (client === 'mariadb') return on(loose)
  return [
    on(loose),
    on(further),
    ...['latin1', 'utf8', 'ascii'].map((charset) => on(loose, charset)),
  ].flat()
}

for (const client of ['mysql2', 'mariadb'] as const) {
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
