import { registerDialect } from '@knex-session/core/dialect'
import { adapter } from './adapter.mjs'

export { PgliteClient } from './client.mjs'

/**
 * The adapter for PGlite, registered by importing this module for the knex client `pglite`: the
 * class {@link PgliteClient}.
 */
export const pglite = registerDialect(adapter)
