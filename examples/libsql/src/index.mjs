import { registerDialect } from '@knex-session/core/dialect'
import { adapter } from './adapter.mjs'

export { LibsqlClient } from './client.mjs'

/**
 * The adapter for libSQL, registered by importing this module for the knex client `libsql`: the
 * class {@link LibsqlClient}.
 */
export const libsql = registerDialect(adapter)
