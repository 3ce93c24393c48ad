// The dialect registers in the ES module of core; the store comes from the CommonJS twin.
import { sqlite } from '@knex-session/dialect-sqlite'
import { registeredDialects } from '@knex-session/core/dialect'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { KnexSessionStore } = require('@knex-session/core')
const dialects = require('@knex-session/core/dialect')
const session = require('express-session')
const { serveTwoRequests } = require('./serve-two-requests.cjs')

const knex = require('knex')({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
const shared = [
  sqlite,
  require('@knex-session/dialect-sqlite').sqlite,
  ...registeredDialects(),
  ...dialects.registeredDialects(),
]
if (new Set(shared).size !== 1) throw new Error('the twins of core have a registry each')
if (registeredDialects === dialects.registeredDialects)
  throw new Error('import and require gave one copy of core: nothing was tried')
console.log(JSON.stringify(await serveTwoRequests(session, new KnexSessionStore({ knex }))))
await knex.destroy()
