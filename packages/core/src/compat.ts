import { KnexSessionStore } from './store.js'

/**
 * For code written for connect-session-knex: `require('@knex-session/core/compat')(session)` returns the store class, as
 * `require('connect-session-knex')(session)` did up to version 4. The argument, express-session, is not needed: the store extends the
 * `Store` of the express-session that is installed beside it. The entry `@knex-session/core/compat` also imports every dialect package
 * that is installed, so that such an application changes one module name.
 */
export function connectSessionKnex(_session?: unknown): typeof KnexSessionStore {
  return KnexSessionStore
}

export { KnexSessionStore as ConnectSessionKnexStore }
