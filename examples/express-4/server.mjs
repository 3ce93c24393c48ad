// Express 4, with nothing that Express 5 does otherwise.
import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import express from 'express'
import session from 'express-session'
import createKnex from 'knex'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: process.env.SESSION_FILE ?? 'sessions.sqlite' },
  useNullAsDefault: true,
})
const store = new KnexSessionStore({ knex })
const app = express()
app.use(
  session({
    store,
    secret: process.env.SESSION_SECRET ?? 'change me: this is an example',
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 3_600_000, httpOnly: true, sameSite: 'lax' },
  }),
)

app.get('/', (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1
  res.json({ views: req.session.views, user: req.session.user ?? null })
})

app.post('/login', (req, res, next) => {
  // A new id, so that one that somebody knew before is worth nothing after.
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.user = 'ann'
    res.json({ user: 'ann' })
  })
})

app.post('/logout', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.json({})))
})

const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
process.once('SIGTERM', async () => {
  server.close()
  await store.close()
  await knex.destroy()
})
