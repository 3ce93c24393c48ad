import { registerDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { adapter } from './adapter.js'

/**
 * The adapter for PostgreSQL 9.5 and newer, registered by importing this module for the knex clients
 * `pg`, `postgres`, `postgresql` and `pgnative`.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-postgres'
 * import { KnexSessionStore } from '@knex-session/core'
 * import knex from 'knex'
 *
 * const store = new KnexSessionStore({ knex: knex({ client: 'pg', connection: process.env['DATABASE_URL'] ?? '' }) })
 * ```
 */
export const postgres: DialectAdapter = registerDialect(adapter)
