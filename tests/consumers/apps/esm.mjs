import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import session from 'express-session'
import createKnex from 'knex'
import { serveTwoRequests } from './serve-two-requests.cjs'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: ':memory:' },
  useNullAsDefault: true,
})
console.log(JSON.stringify(await serveTwoRequests(session, new KnexSessionStore({ knex }))))
await knex.destroy()
