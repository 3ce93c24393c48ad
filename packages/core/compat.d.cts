import { ConnectSessionKnexStore as Store } from './dist/cjs/compat.js'

/**
 * What `require('connect-session-knex')` gave up to version 4: a function from express-session to
 * the store class.
 */
declare function connectSessionKnex(session?: unknown): typeof Store

declare namespace connectSessionKnex {
  export { connectSessionKnex, Store as ConnectSessionKnexStore }
}

export = connectSessionKnex
