import { registerDialect, type DialectAdapter } from '@knex-session/core/dialect'
import { adapter } from './adapter.js'

/**
 * The adapter for CockroachDB 23.1 and newer, registered by importing this module for the knex
 * client `cockroachdb`. Its statements are checked against CockroachDB's documentation, and run on
 * PostgreSQL as far as that knows them; nobody of the project has run them on CockroachDB.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-cockroachdb'
 * import { KnexSessionStore } from '@knex-session/core'
 * import knex from 'knex'
 *
 * const store = new KnexSessionStore({ knex: knex({ client: 'cockroachdb', connection: process.env['DATABASE_URL'] ?? '' }) })
 * ```
 */
export const cockroachdb: DialectAdapter = registerDialect(adapter)
