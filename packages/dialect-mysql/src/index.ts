import { registerDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { adapter } from './adapter.js'

/**
 * The adapter for MySQL 5.7 and newer and for MariaDB 10.3 and newer, registered by importing this
 * module for the knex clients `mysql2`, `mysql` and `mariadb`.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-mysql'
 * import { KnexSessionStore } from '@knex-session/core'
 * import knex from 'knex'
 *
 * const store = new KnexSessionStore({ knex: knex({ client: 'mysql2', connection: process.env['DATABASE_URL'] ?? '' }) })
 * ```
 */
export const mysql: DialectAdapter = registerDialect(adapter)
