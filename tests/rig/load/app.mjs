// An Express application as docs/operations.md has it, which ends on SIGTERM.
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import express from 'express'
import session from 'express-session'
import createKnex from 'knex'
import { knexConfig } from './connections.mjs'

/** @type {Omit<import('./main.mjs').LoadConfig, 'callers'>} */
const config = JSON.parse(process.argv[2] ?? '')
const knex = createKnex(knexConfig(config))
const store = new KnexSessionStore({ ...config.store, knex })

let closing = false

const app = express()
app.use((_, response, next) => {
  // A connection that is kept alive would bring requests for ever.
  if (closing) response.set('Connection', 'close')
  next()
})
app.use(
  session({
    store,
    secret: 'of a test',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 3_600_000 },
  }),
)
app.get('/', (request, response) => {
  const counted = /** @type {{ views?: number }} */ (/** @type {unknown} */ (request.session))
  counted.views = (counted.views ?? 0) + 1
  response.json({ sid: request.sessionID, views: counted.views })
})

const server = app.listen(0, '127.0.0.1', () => process.send?.(server.address()))

process.once('SIGTERM', () => {
  closing = true
  server.close(async () => {
    await store.close()
    await knex.destroy()
    if (process.connected) process.disconnect()
  })
})
