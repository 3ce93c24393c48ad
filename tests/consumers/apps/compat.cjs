// An application of connect-session-knex 4: no import of a dialect, a function of express-session.
const session = require('express-session')
const KnexSessionStore = require('@knex-session/core/compat')(session)
const knex = require('knex')({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
const { serveTwoRequests } = require('./serve-two-requests.cjs')

serveTwoRequests(
  session,
  new KnexSessionStore({ knex, tablename: 'sessions', sidfieldname: 'sid', createtable: true }),
)
  .then((result) => console.log(JSON.stringify(result)))
  .finally(() => knex.destroy())
