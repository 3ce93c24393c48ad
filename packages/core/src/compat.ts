import type { Knex } from 'knex'
import type { SessionData } from 'express-session'
import { KnexSessionStore } from './express-session.js'

/**
 * The store under its old name, with what connect-session-knex has besides the methods of a store.
 */
export class ConnectSessionKnexStore<
  Data extends SessionData = SessionData,
> extends KnexSessionStore<Data> {
  /** The knex instance in use. */
  get knex(): Knex {
    return this.options.knex
  }

  /**
   * The timer of the next prune, or `null` when there is none, as with `disableDbCleanup: true`.
   */
  getNextDbCleanup(): NodeJS.Timeout | null {
    return this.pruneTimer ?? null
  }
}

/**
 * For code written for connect-session-knex: `require('@knex-session/core/compat')(session)`
 * returns the store class, as `require('connect-session-knex')(session)` did up to version 4. The
 * argument is ignored: the store extends the `Store` of the express-session that is installed
 * beside it. The entry `@knex-session/core/compat` also imports every dialect package that is
 * installed, so that only one module name changes.
 */
export function connectSessionKnex(_session?: unknown): typeof ConnectSessionKnexStore {
  return ConnectSessionKnexStore
}
