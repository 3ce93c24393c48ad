import { registerDialect } from '@knex-session/core/dialect'
import { adapter } from './adapter.mjs'

export { FirebirdClient } from './client.mjs'

/**
 * The adapter for Firebird, registered by importing this module for the knex client `firebird`: the
 * class {@link FirebirdClient}.
 */
export const firebird = registerDialect(adapter)
