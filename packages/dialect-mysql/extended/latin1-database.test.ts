import { describeConformance, knexConfigFromUrl } from '@knex-session/dialect-testkit'
import createKnex, { type Knex } from 'knex'
import { mysql } from '../src/index.js'

const database = `latin1_${String(process.pid)}`

/**
 * @returns a knex instance on the server, or on the database whose default character set is latin1,
 * with a collation that ignores case.
 */
function connect(name: string | undefined, connections: number): Knex {
  const { client, connection } = knexConfigFromUrl(process.env['MYSQL_URL'] ?? '', {
    client: 'mysql2',
  })
  return createKnex({
    client,
    connection: name === undefined ? connection : { ...connection, database: name },
    pool: { min: 0, max: connections },
  })
}

async function run(sql: string): Promise<void> {
  const knex = connect(undefined, 1)
  await knex.raw(sql, [database])
  await knex.destroy()
}

beforeAll(() => run('create database ?? default character set latin1 collate latin1_swedish_ci'))
afterAll(() => run('drop database ??'))

// Every law there is, on such a database.
describeConformance(
  { describe, it, beforeAll, afterAll },
  {
    name: 'MariaDB with a latin1 database',
    adapter: mysql,
    connect: ({ connections }) => connect(database, connections),
    capabilities: { latestExpiry: Date.UTC(9999, 11, 31, 23, 59, 59) },
  },
)
