import { defineDialect } from '@knex-session/core/dialect'
import { sqlite } from '@knex-session/dialect-sqlite'

/**
 * The adapter for libSQL: what SQLite's has, under a name and for a client of its own. libSQL reads
 * and writes SQLite's SQL and files, and its driver has the interface and the error codes of
 * better-sqlite3. The embedded default of SQLite's is of another driver.
 */
export const adapter = defineDialect({
  ...sqlite,
  name: 'libsql',
  clients: ['libsql'],
  server: { ...sqlite.server, embedded: undefined },
})
