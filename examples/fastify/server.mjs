// Fastify with @fastify/session, without express-session.
import '@knex-session/dialect-sqlite'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { SessionStore } from '@knex-session/core/standalone'
import createFastify from 'fastify'
import createKnex from 'knex'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: process.env.SESSION_FILE ?? 'sessions.sqlite' },
  useNullAsDefault: true,
})
const store = new SessionStore({ knex })
const fastify = createFastify()
fastify.register(cookie)
fastify.register(session, {
  store,
  secret: process.env.SESSION_SECRET ?? 'change me: this is an example of 32 letters',
  saveUninitialized: false,
  // Set `secure: true` where the application is reached by HTTPS.
  cookie: { maxAge: 3_600_000, httpOnly: true, sameSite: 'lax', secure: false },
})

fastify.get('/', (request) => {
  request.session.views = (request.session.views ?? 0) + 1
  return { views: request.session.views, user: request.session.user ?? null }
})

fastify.post('/login', async (request) => {
  // A new id, so that one that somebody knew before is worth nothing after.
  await request.session.regenerate()
  request.session.user = 'ann'
  return { user: 'ann' }
})

fastify.post('/logout', async (request) => {
  await request.session.destroy()
  return {}
})

fastify.addHook('onClose', async () => {
  await store.close()
  await knex.destroy()
})
console.log(await fastify.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' }))
process.once('SIGTERM', () => fastify.close())
