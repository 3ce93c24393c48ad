import { Router } from 'express'
import { sendCrowd } from './crowd.mjs'
import { takeAway } from './outage.mjs'
import { backToStart } from './pages.mjs'

/** How many visits are sent at once. */
export const visits = 2_000

/**
 * What can be tried on the start page.
 * @param {object} parts
 * @param {string} parts.file where the sessions are
 * @param {number} parts.outage how long the database is taken away, in ms
 * @param {import('./live.mjs').LivePages} parts.live
 */
export const experiments = ({ file, outage, live }) => {
  const router = Router()
  let isBusy = false

  /**
   * One at a time: two would measure each other.
   * @type {import('express').RequestHandler}
   */
  const oneAtATime = (request, response, next) => {
    if (isBusy) return answer(request, response, 'busy')
    isBusy = true
    next()
  }

  router.post('/crowd', oneAtATime, async (request, response) => {
    const { user = '' } = request.session
    try {
      /** @type {Partial<Record<'shared' | 'single', import('./crowd.mjs').Figures>>} */
      const results = {}
      for (const way of /** @type {const} */ (['shared', 'single'])) {
        const batch = way === 'single' ? false : undefined
        /** @param {import('./crowd.mjs').Figures} figures */
        const onProgress = (figures) => live.send(user, 'crowd', { way, ...figures })
        results[way] = await sendCrowd({ visits, batch, onProgress })
        onProgress(results[way])
      }
      request.app.locals['crowd'] = results
      answer(request, response)
    } finally {
      isBusy = false
    }
  })

  router.post('/outage', oneAtATime, async (request, response) => {
    try {
      const { back } = await takeAway(file, outage)
      back.catch(console.error).finally(() => (isBusy = false))
    } catch (error) {
      isBusy = false
      throw error
    }
    // The browser follows at once, and its request waits for the database.
    answer(request, response, 'away')
  })

  // One visit, for the script of the page.
  router.post('/visits', (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1
    response.sendStatus(204)
  })

  return router
}

/**
 * Answers a form by the start page, and a script, which asks for no page, by a status.
 * @param {import('express').Request} request
 * @param {import('express').Response} response
 * @param {import('./pages.mjs').Notice} [notice]
 */
const answer = (request, response, notice) => {
  if (request.accepts('html')) backToStart(response, notice)
  else response.sendStatus(notice === 'busy' ? 409 : 204)
}
