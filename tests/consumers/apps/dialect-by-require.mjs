// The dialect registers in the CommonJS twin of core; the store comes from the ES module.
import { KnexSessionStore } from '@knex-session/core'
import { registeredDialects } from '@knex-session/core/dialect'
import session from 'express-session'
import createKnex from 'knex'
import { createRequire } from 'node:module'
import { serveTwoRequests } from './serve-two-requests.cjs'

const require = createRequire(import.meta.url)
const { sqlite } = require('@knex-session/dialect-sqlite')

if (registeredDialects === require('@knex-session/core/dialect').registeredDialects) {
  throw new Error('import and require gave one copy of core: nothing was tried')
}
if (registeredDialects()[0] !== sqlite) throw new Error('the twins of core have a registry each')
const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
console.log(JSON.stringify(await serveTwoRequests(session, new KnexSessionStore({ knex }))))
await knex.destroy()
