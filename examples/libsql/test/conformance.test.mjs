import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LibsqlClient, libsql } from '@knex-session/example-libsql'
import { describeConformance } from '@knex-session/dialect-testkit'
import createKnex from 'knex'
import { afterAll, beforeAll, describe, it } from 'vitest'

const runner = { describe, it, beforeAll, afterAll }
const folder = mkdtempSync(join(tmpdir(), 'knex-session-libsql-'))
afterAll(() => rmSync(folder, { recursive: true }))

/**
 * @param {import('libsql').Database} database @param {(error: unknown, database:
 * import('libsql').Database) => void} done
 */
const afterCreate = (database, done) => {
  database.exec('pragma busy_timeout = 10000')
  database.exec('pragma journal_mode = wal')
  database.exec(`attach '${join(folder, 'other.db')}' as "Other ""Schema"""`)
  done(null, database)
}

describeConformance(runner, {
  name: 'a libSQL file',
  adapter: libsql,
  connect: () =>
    createKnex({
      client: LibsqlClient,
      connection: { filename: join(folder, 'sessions.db') },
      useNullAsDefault: true,
      pool: { min: 0, max: 1, afterCreate },
    }),
  schemaName: 'Other "Schema"',
})
