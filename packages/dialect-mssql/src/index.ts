import { registerDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { adapter } from './adapter.js'

/**
 * The dialect for Microsoft SQL Server 2016 and newer, Azure SQL and Babelfish, through knex's
 * client `mssql` (driver tedious). Importing this module registers it.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-mssql'
 * import { KnexSessionStore } from '@knex-session/core'
 * import knex from 'knex'
 *
 * const connection = { server: 'db.example.com', user: 'web', password: process.env['DATABASE_PASSWORD'] ?? '', database: 'shop' }
 * const store = new KnexSessionStore({ knex: knex({ client: 'mssql', connection }) })
 * ```
 */
export const mssql: DialectAdapter = registerDialect(adapter)
