import { registerDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { adapter } from './adapter.js'

/**
 * The dialect for Oracle Database 12.2 and newer, through knex's client `oracledb`. The database character set should be AL32UTF8, the
 * default: any other replaces the characters it lacks. Importing this module registers it:
 *
 * ```ts
 * import '@knex-session/dialect-oracle'
 * import { KnexSessionStore } from '@knex-session/core'
 * import knex from 'knex'
 *
 * const store = new KnexSessionStore({ knex: knex({ client: 'oracledb', connection: { connectString: 'db/shop', user: 'web', password: secret } }) })
 * ```
 */
export const oracle: DialectAdapter = registerDialect(adapter)
