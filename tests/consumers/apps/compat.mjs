// An application of connect-session-knex 5.
import { ConnectSessionKnexStore } from '@knex-session/core/compat'
import session from 'express-session'
import createKnex from 'knex'
import { serveTwoRequests } from './serve-two-requests.cjs'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
console.log(
  JSON.stringify(
    await serveTwoRequests(session, new ConnectSessionKnexStore({ knex, cleanupInterval: 0 })),
  ),
)
await knex.destroy()
