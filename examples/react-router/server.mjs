// Loaders and actions of React Router on Node.js. An application made by `create-react-router` has
// them in files of its own; the sessions are the same.
import { serve } from '@hono/node-server'
import { createStaticHandler } from 'react-router'
import { closeSessions, commitSession, destroySession, getSession } from './sessions.server.mjs'

const sessionOf = (request) => getSession(request.headers.get('cookie'))
const withCookie = (body, cookie) => Response.json(body, { headers: { 'set-cookie': cookie } })

const { queryRoute } = createStaticHandler([
  {
    path: '/',
    async loader({ request }) {
      const session = await sessionOf(request)
      session.set('views', (session.get('views') ?? 0) + 1)
      const seen = { views: session.get('views'), user: session.get('user') ?? null }
      return withCookie(seen, await commitSession(session))
    },
  },
  {
    path: '/login',
    async action({ request }) {
      // A new id, so that one that somebody knew before is worth nothing after.
      await destroySession(await sessionOf(request))
      const session = await getSession()
      session.set('user', 'ann')
      return withCookie({ user: 'ann' }, await commitSession(session))
    },
  },
  {
    path: '/logout',
    async action({ request }) {
      return withCookie({}, await destroySession(await sessionOf(request)))
    },
  },
])

/** A loader or action answers with a response, or throws one. */
const fetch = async (request) => {
  try {
    return await queryRoute(request)
  } catch (thrown) {
    if (thrown instanceof Response) return thrown
    return new Response('Not found', { status: thrown?.status ?? 500 })
  }
}

const server = serve(
  { fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 3000) },
  ({ port }) => console.log(`http://127.0.0.1:${port}`),
)
process.once('SIGTERM', async () => {
  server.close()
  await closeSessions()
})
