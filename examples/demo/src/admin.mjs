import { Router } from 'express'
import { show } from './pages.mjs'
import { users } from './users.mjs'

/** The most sessions that are shown. */
const most = 100

/**
 * A page that only an admin sees; to all others there is none.
 * @param {import('@knex-session/core').KnexSessionStore} store
 */
export const admin = (store) => {
  const router = Router()
  router.get('/admin', async (request, response, next) => {
    if (users.get(request.session.user)?.isAdmin !== true) return next()
    const sessions = []
    for await (const { session, expires } of store.entries()) {
      if (sessions.length === most) break
      sessions.push({ ...session, name: users.get(session.user)?.name, expires })
    }
    show(request, response, 'admin', {
      sessions,
      live: await store.length(),
      lateWrites: store.lateWrites,
    })
  })
  return router
}
