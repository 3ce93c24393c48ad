import { KnexSessionStore } from './dist/cjs/index.js'

/** What `require('connect-session-knex')` gave up to version 4: a function from express-session to the store class. */
declare function connectSessionKnex(session?: unknown): typeof KnexSessionStore

declare namespace connectSessionKnex {
  export { connectSessionKnex, KnexSessionStore as ConnectSessionKnexStore }
}

export = connectSessionKnex
