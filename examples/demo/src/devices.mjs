import { Router } from 'express'
import { backToStart, show } from './pages.mjs'

/**
 * The devices a user is logged in on: his sessions, and nobody else's. Pages and forms name them by
 * handles; an id, which is as good as a password, never shows.
 * @param {object} parts
 * @param {import('@knex-session/core').KnexSessionStore} parts.store
 * @param {import('./live.mjs').LivePages} parts.live
 */
export const devices = ({ store, live }) => {
  const router = Router()

  store.on('ended', ({ userId, handle }) => {
    live.end({ handle })
    live.send(userId, 'devices')
  })

  router.get('/devices', async (request, response) => {
    show(request, response, 'devices', { devices: await devicesOf(store, request) })
  })

  router.post('/devices/end', async (request, response) => {
    const { handle } = request.body
    const ended = await store.sessionsOf(userIn(request)).revoke(String(handle))
    backToStart(response, ended ? 'device-ended' : 'gone')
  })

  router.post('/devices/end-others', async (request, response) => {
    await store.sessionsOf(userIn(request)).revokeOthers(request.sessionID)
    backToStart(response, 'others-ended')
  })

  router.get('/live', async (request, response) => {
    const own = (await devicesOf(store, request)).find(({ current }) => current)
    if (own) live.add({ user: userIn(request), handle: own.handle, response })
    else response.status(401).end()
  })

  return router
}

/**
 * The devices of the user, this one first, then the one seen last.
 * @param {import('@knex-session/core').KnexSessionStore} store
 * @param {import('express').Request} request
 */
export const devicesOf = async (store, request) => {
  const list = await store.sessionsOf(userIn(request)).list(request.sessionID)
  list.sort(
    (one, other) =>
      Number(other.current) - Number(one.current) ||
      (other.lastSeenAt?.getTime() ?? 0) - (one.lastSeenAt?.getTime() ?? 0),
  )
  // Of this visit the database hears when the page has been sent.
  return list.map((device) => (device.current ? { ...device, session: request.session } : device))
}

/**
 * The id of the user of a request; `onlyUsers` let it pass.
 * @param {import('express').Request} request
 */
const userIn = ({ session }) => /** @type {string} */ (session.user)
