import { Router } from 'express'
import { backToStart, show, showError } from './pages.mjs'
import { generateToken } from './security.mjs'
import { users } from './users.mjs'
import { deviceOf } from './words.mjs'

/**
 * Logging in and out.
 * @param {object} parts
 * @param {import('@knex-session/core').KnexSessionStore} parts.store
 * @param {import('./live.mjs').LivePages} parts.live
 * @param {string} parts.cookieName
 */
export const account = ({ store, live, cookieName }) => {
  const router = Router()

  router.get('/', async (request, response, next) => {
    if (request.session.user !== undefined) return next()
    const ended = request.headers.cookie?.includes(`${cookieName}=`)
    if (ended) response.clearCookie(cookieName)
    const data = { users: [...users.values()], live: await store.length() }
    show(request, response, 'login', data, ended ? 'ended' : undefined)
  })

  router.post('/login', async (request, response) => {
    const user = users.get(request.body?.user)
    if (user === undefined) return showError(request, response, 400)
    live.end({ id: request.sessionID })
    // A new id with the log-in, so that one planted in the browser before is worth nothing.
    await settled((done) => request.session.regenerate(done))
    Object.assign(request.session, { user: user.id, device: deviceOf(request), visits: 0 })
    generateToken(request)
    // A browser follows the redirect as soon as it sees its headers, so the session has to be there
    // before.
    await settled((done) => request.session.save(done))
    live.send(user.id, 'devices')
    backToStart(response)
  })

  return router
}

/**
 * Logging out, for those who are logged in.
 * @param {Pick<Parameters<typeof account>[0], 'live' | 'cookieName'>} parts
 */
export const logOut = ({ live, cookieName }) => {
  const router = Router()
  router.post('/logout', async (request, response) => {
    const { sessionID: id, session } = request
    const { user = '' } = session
    await settled((done) => session.destroy(done))
    live.end({ id })
    live.send(user, 'devices')
    backToStart(response.clearCookie(cookieName), 'logged-out')
  })
  return router
}

/**
 * express-session takes callbacks only.
 * @param {(done: (error?: unknown) => void) => unknown} start
 * @returns {Promise<void>}
 */
const settled = (start) =>
  new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())))
