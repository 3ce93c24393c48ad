// An application without express-session.
import '@knex-session/dialect-sqlite'
import { SessionStore } from '@knex-session/core/standalone'
import createKnex from 'knex'
import { keepSession } from './keep-session.cjs'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
console.log(await keepSession(new SessionStore({ knex })))
await knex.destroy()
