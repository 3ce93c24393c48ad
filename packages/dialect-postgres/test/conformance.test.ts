import { describeConformance } from '@knex-session/dialect-testkit'
import { postgres } from '../src/index.js'
import { connect, connectRefused, expiryIndexes } from './connection.js'

const schemaName = `Other "Schema" ${String(process.pid)}`

async function run(sql: string): Promise<void> {
  const knex = connect({ connections: 1 })
  try {
    await (sql.includes('??') ? knex.raw(sql, [schemaName]) : knex.raw(sql))
  } finally {
    await knex.destroy()
  }
}

/** A collation that takes ids for equal which differ in case (docs 18, section 23.2.2.4). */
const ignoresCase = `"Other ""Schema"" ${String(process.pid)}".ignores_case`

beforeAll(async () => {
  await run('create schema ??')
  await run(`create extension if not exists citext`)
  await run(
    `create collation ${ignoresCase} (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
  )
})
afterAll(async () => run('drop schema ?? cascade'))

describeConformance(
  { describe, it, beforeAll, afterAll },
  {
    name: 'PostgreSQL by pg',
    adapter: postgres,
    connect,
    connectRefused,
    schemaName,
    expiryIndexes,
    userInJson: (column) => `${column} -> 'passport' ->> 'user'`,
    sidColumns: [{ type: 'citext' }, { type: `varchar(255) collate ${ignoresCase}` }],
  },
)
