require('@knex-session/dialect-sqlite')
const { KnexSessionStore } = require('@knex-session/core')
const session = require('express-session')
const createKnex = require('knex')
const { serveTwoRequests } = require('./serve-two-requests.cjs')

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
serveTwoRequests(session, new KnexSessionStore({ knex }))
  .then((result) => console.log(JSON.stringify(result)))
  .finally(() => knex.destroy())
