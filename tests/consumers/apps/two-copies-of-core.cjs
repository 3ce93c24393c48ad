// `plugin` has a core and a dialect of its own below its folder. Its store finds the dialect that
// the application registered.
const { sqlite } = require('@knex-session/dialect-sqlite')
const core = require('@knex-session/core')
const dialects = require('@knex-session/core/dialect')
const plugin = require('plugin')
const session = require('express-session')
const createKnex = require('knex')
const { serveTwoRequests } = require('./serve-two-requests.cjs')

if (plugin.core.KnexSessionStore === core.KnexSessionStore)
  throw new Error('there is one copy of core: nothing was tried')
const shared = [
  sqlite,
  ...dialects.registeredDialects(),
  ...plugin.dialects.registeredDialects(),
  plugin.importDialect(),
]
if (new Set(shared).size !== 1) throw new Error('the copies of core have a registry each')
const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
serveTwoRequests(session, new plugin.core.KnexSessionStore({ knex }))
  .then((result) => console.log(JSON.stringify(result)))
  .finally(() => knex.destroy())
