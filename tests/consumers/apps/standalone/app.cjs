// An application without express-session.
require('@knex-session/dialect-sqlite')
const { SessionStore } = require('@knex-session/core/standalone')
const createKnex = require('knex')
const { keepSession } = require('./keep-session.cjs')

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
keepSession(new SessionStore({ knex }))
  .then((result) => console.log(result))
  .finally(() => knex.destroy())
