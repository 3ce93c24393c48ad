// Sockets (ws) on Express 5: whoever is logged in may connect, and a session that is ended closes
// the sockets it has opened.
import '@knex-session/dialect-sqlite'
import { KnexSessionStore } from '@knex-session/core'
import express from 'express'
import session from 'express-session'
import createKnex from 'knex'
import { createServer, ServerResponse } from 'node:http'
import { WebSocketServer } from 'ws'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: process.env.SESSION_FILE ?? 'sessions.sqlite' },
  useNullAsDefault: true,
})
const store = new KnexSessionStore({ knex, userId: (session) => session.user })
const sessions = session({
  store,
  secret: process.env.SESSION_SECRET ?? 'change me: this is an example',
  resave: false,
  saveUninitialized: false,
  cookie: { maxAge: 3_600_000, httpOnly: true, sameSite: 'lax' },
})
const app = express()
app.use(sessions)

app.get('/', (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1
  res.json({ views: req.session.views, user: req.session.user ?? null })
})

app.post('/login', (req, res, next) => {
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.user = 'ann'
    res.json({ user: 'ann' })
  })
})

// Here, on every device.
app.post('/logout', async (req, res) => {
  const { user } = req.session
  if (user !== undefined) await store.sessionsOf(user).revokeAll()
  res.json({})
})

/** The open sockets by what stands for their session: there are no ids to leak. */
const sockets = new Map()
store.on('ended', ({ handle }) => {
  for (const socket of sockets.get(handle) ?? []) socket.close(4401, 'the session was ended')
})

const server = createServer(app)
const webSockets = new WebSocketServer({ noServer: true })
server.on('upgrade', (req, socket, head) => {
  sessions(req, new ServerResponse(req), async (error) => {
    const user = error ? undefined : req.session.user
    const own = user === undefined ? [] : await store.sessionsOf(user).list(req.sessionID)
    const current = own.find((each) => each.current)
    if (!current) return socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
    webSockets.handleUpgrade(req, socket, head, (open) => {
      const { handle } = current
      if (!sockets.has(handle)) sockets.set(handle, new Set())
      sockets.get(handle).add(open)
      open.once('close', () => {
        sockets.get(handle).delete(open)
        if (sockets.get(handle).size === 0) sockets.delete(handle)
      })
      open.send(`hello ${user}`)
    })
  })
})

server.listen(process.env.PORT ?? 3000, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
process.once('SIGTERM', async () => {
  server.close()
  for (const open of webSockets.clients) open.terminate()
  await store.close()
  await knex.destroy()
})
