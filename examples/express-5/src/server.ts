// Express 5 in TypeScript.
import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import express from 'express'
import session from 'express-session'
import createKnex from 'knex'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'

declare module 'express-session' {
  interface SessionData {
    views?: number
    user?: string
  }
}

const { PORT, SESSION_FILE = 'sessions.sqlite', SESSION_SECRET } = process.env
const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: SESSION_FILE },
  useNullAsDefault: true,
})
const store = new KnexSessionStore({ knex, userId: ({ user }) => user })
const app = express()
app.use(
  session({
    store,
    secret: SESSION_SECRET ?? 'change me: this is an example',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 3_600_000, httpOnly: true, sameSite: 'lax' },
  }),
)

app.get('/', (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1
  res.json({ views: req.session.views, user: req.session.user ?? null })
})

app.post('/login', async (req, res) => {
  // A new id, so that one that somebody knew before is worth nothing after.
  await promisify((done: (error: unknown) => void) => req.session.regenerate(done))()
  req.session.user = 'ann'
  res.json({ user: 'ann' })
})

app.get('/sessions', async (req, res) => {
  const { user } = req.session
  if (user === undefined) res.status(401).json({})
  else {
    const sessions = await store.sessionsOf(user).list(req.sessionID)
    res.json({ views: sessions.map((each) => each.session.views ?? 0) })
  }
})

app.post('/logout', async (req, res) => {
  await promisify((done: (error: unknown) => void) => req.session.destroy(done))()
  res.json({})
})

const server = app.listen(Number(PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
process.once('SIGTERM', () => {
  server.close()
  void store.close().then(() => knex.destroy())
})
