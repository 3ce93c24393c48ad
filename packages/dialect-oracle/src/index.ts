import { registerDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { adapter } from './adapter.js'

/**
 * The dialect for Oracle Database 12.2 and newer, through knex's client `oracledb`. The database
 * character set should be AL32UTF8, the default: any other replaces the characters it lacks.
 * Importing this module registers it.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-oracle'
 * import { KnexSessionStore } from '@knex-session/core'
 * import knex from 'knex'
 *
 * const connection = { connectString: 'db.example.com:1521/shop', user: 'web', password: process.env['DATABASE_PASSWORD'] ?? '' }
 * const store = new KnexSessionStore({ knex: knex({ client: 'oracledb', connection }) })
 * ```
 */
export const oracle: DialectAdapter = registerDialect(adapter)
