// Koa with koa-session, without express-session.
import '@knex-session/dialect-sqlite'
import { SessionStore } from '@knex-session/core/standalone'
import createKnex from 'knex'
import Koa from 'koa'
import session from 'koa-session'
import { storeForKoa } from './store.mjs'

const knex = createKnex({
  client: 'better-sqlite3',
  connection: { filename: process.env.SESSION_FILE ?? 'sessions.sqlite' },
  useNullAsDefault: true,
})
const store = new SessionStore({ knex })
const app = new Koa()
app.keys = [process.env.SESSION_SECRET ?? 'change me: this is an example']
app.use(
  session({ store: storeForKoa(store), maxAge: 3_600_000, httpOnly: true, sameSite: 'lax' }, app),
)

app.use(async (ctx) => {
  const route = `${ctx.method} ${ctx.path}`
  if (route === 'GET /') {
    ctx.session.views = (ctx.session.views ?? 0) + 1
    ctx.body = { views: ctx.session.views, user: ctx.session.user ?? null }
  } else if (route === 'POST /login') {
    // A new id, so that one that somebody knew before is worth nothing after.
    ctx.session = { user: 'ann' }
    await ctx.session.regenerate()
    ctx.body = { user: 'ann' }
  } else if (route === 'POST /logout') {
    ctx.session = null
    ctx.body = {}
  }
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
process.once('SIGTERM', async () => {
  server.close()
  await store.close()
  await knex.destroy()
})
