// Hono on Node.js, with sessions of its own and without express-session.
import '@knex-session/dialect-sqlite'
import { serve } from '@hono/node-server'
import { SessionStore } from '@knex-session/core/standalone'
import { Hono } from 'hono'
import createKnex from 'knex'
import { session } from './session.mjs'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: process.env.SESSION_FILE ?? 'sessions.sqlite' },
  useNullAsDefault: true,
})
const store = new SessionStore({ knex })
const app = new Hono()
const secret = process.env.SESSION_SECRET ?? 'change me: this is an example'
app.use(session({ store, secret, maxAge: 3_600_000 }))

app.get('/', (c) => {
  const { data } = c.get('session')
  data.views = (data.views ?? 0) + 1
  return c.json({ views: data.views, user: data.user ?? null })
})

app.post('/login', (c) => {
  const { data, renew } = c.get('session')
  // A new id, so that one that somebody knew before is worth nothing after.
  renew()
  delete data.views
  data.user = 'ann'
  return c.json({ user: 'ann' })
})

app.post('/logout', (c) => {
  c.get('session').end()
  return c.json({})
})

const server = serve(
  { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 3000) },
  ({ port }) => console.log(`http://127.0.0.1:${port}`),
)
process.once('SIGTERM', async () => {
  server.close()
  await store.close()
  await knex.destroy()
})
