import knexPackage, { type Knex } from 'knex'
import { dialectOf, registeredDialects, type DialectAdapter } from '../../dialect/index.js'
import { toEmbedDatabase } from '../../dialect/install-hints.js'
import { SessionStoreError } from '../../errors.js'

/** The database a store works on. */
export interface Database {
  readonly knex: Knex
  readonly dialect: DialectAdapter
  /** Whether the store made the knex instance, and so closes it. */
  readonly owned: boolean
}

/**
 * The application's knex instance with the dialect for it; without one, the embedded database of
 * the dialect that is given or registered. Throws a {@link SessionStoreError}, code
 * `ERR_DIALECT_NOT_REGISTERED`, when there is no dialect for it.
 */
export function openDatabase(options: {
  knex: Knex | undefined
  dialect: DialectAdapter | undefined
}): Database {
  const { knex, dialect } = options
  if (knex) return { knex, dialect: dialect ?? dialectOf(knex), owned: false }
  const embedded = dialect ? [dialect] : registeredDialects()
  for (const candidate of embedded) {
    const config = candidate.server?.embedded?.()
    if (config) return { knex: knexPackage(config as Knex.Config), dialect: candidate, owned: true }
  }
  throw new SessionStoreError({
    code: 'ERR_DIALECT_NOT_REGISTERED',
    message: `the option \`knex\` is missing: pass your knex instance, or ${toEmbedDatabase}`,
  })
}
