import { writeSync } from 'node:fs'
import { registerDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { adapter } from './adapter.js'
import { checkDriverVersion } from './driver-version.js'

/**
 * The adapter for SQLite 3.33 and newer, registered by importing this module for the knex clients
 * `better-sqlite3`, `sqlite3` and `sqlite`. With it a store needs no `knex`: it opens
 * `connect-session-knex.sqlite` in the working directory by better-sqlite3.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-sqlite'
 * import { KnexSessionStore } from '@knex-session/core'
 *
 * const store = new KnexSessionStore()
 * ```
 */
export const sqlite: DialectAdapter = registerDialect(adapter)

// Also for who gives a knex instance: it would end the process with the first connection.
try {
  checkDriverVersion()
} catch (error) {
  report(error as Error)
}

/** At once: Node.js prints a warning a tick later, which is too late for an ES module. */
function report(error: Error): void {
  try {
    writeSync(2, `${error.message}\n`)
  } catch {
    process.emitWarning(error)
  }
}
