// Passport on Express 5: a log-in by name and password.
import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import express from 'express'
import session from 'express-session'
import createKnex from 'knex'
import passport from 'passport'
import { Strategy } from 'passport-local'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: process.env.SESSION_FILE ?? 'sessions.sqlite' },
  useNullAsDefault: true,
})
// `sessionsOf('ann')` finds her sessions: Passport keeps the id of the user there.
const store = new KnexSessionStore({ knex, userId: (session) => session.passport?.user })

// An application looks the user up, and compares the hash of the password.
passport.use(new Strategy((name, password, done) => done(null, password === 'secret' && { name })))
passport.serializeUser((user, done) => done(null, user.name))
passport.deserializeUser((name, done) => done(null, { name }))

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
app.use(passport.session())

app.get('/', (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1
  res.json({ views: req.session.views, user: req.user?.name ?? null })
})

// Passport gives the session a new id at a log-in and at a log-out.
app.post('/login', express.urlencoded(), passport.authenticate('local'), (req, res) => {
  res.json({ user: req.user.name })
})

app.post('/logout', (req, res, next) => {
  req.logout((error) => (error ? next(error) : res.json({})))
})

const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
process.once('SIGTERM', async () => {
  server.close()
  await store.close()
  await knex.destroy()
})
