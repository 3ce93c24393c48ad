import { fileURLToPath } from 'node:url'
import { Eta } from 'eta'
import { ago, soon } from './words.mjs'
import { users } from './users.mjs'

/** Escapes every value that a view shows with `<%= %>`. */
const eta = new Eta({ views: fileURLToPath(new URL('../views', import.meta.url)), cache: true })

/** What a page may say about the request before it. */
const notices = {
  'logged-out': 'You are logged out. Your session is deleted.',
  ended: 'You were logged out: this session expired, or was ended on another device.',
  'device-ended': 'That device is logged out.',
  'others-ended': 'All your other devices are logged out.',
  gone: 'That device was logged out already.',
  away: 'The database was away. This page waited for it, and here it is.',
  busy: 'That is being done already. Wait until it has ended.',
}

/** @typedef {keyof typeof notices} Notice */

/** Not in the address, where it would stay, nor in the session, which may be gone. */
const noticeCookie = 'knex-session-demo-notice'

/**
 * Leads back to the start, which says how it went.
 * @param {import('express').Response} response
 * @param {Notice} [notice]
 */
export const backToStart = (response, notice) => {
  if (notice)
    response.cookie(noticeCookie, notice, { httpOnly: true, sameSite: 'lax', maxAge: 60_000 })
  response.redirect(303, '/')
}

/**
 * Takes the notice that is to be shown now, once.
 * @param {import('express').Request} request
 * @param {import('express').Response} response
 */
const takeNotice = ({ headers }, response) => {
  const [, notice] = new RegExp(`${noticeCookie}=([\\w-]+)`).exec(headers.cookie ?? '') ?? []
  if (notice !== undefined) response.clearCookie(noticeCookie)
  return notices[/** @type {Notice} */ (notice)]
}

/**
 * Renders a view: a whole page, or a part of one.
 * @param {import('express').Request} request
 * @param {import('express').Response} response
 * @param {string} view the name of a file in `views`
 * @param {Readonly<Record<string, unknown>>} [data] what it shows
 * @param {Notice} [notice] Default: the one that the request before left
 */
export const show = (request, response, view, data, notice) => {
  const { session } = request
  response.type('html').send(
    eta.render(view, {
      user: users.get(session?.user),
      token: session?.csrfToken,
      notice: notice ? notices[notice] : takeNotice(request, response),
      ago,
      soon,
      ...data,
    }),
  )
}

/** @type {ReadonlyMap<number, readonly [title: string, what: string]>} */
const errors = new Map([
  [403, ['Not allowed', 'This form is not from a page of this demo, so nothing was done.']],
  [404, ['Page not found', 'There is nothing at this address.']],
  [413, ['Too much', 'The form is larger than the demo takes.']],
  [500, ['Something went wrong', 'The demo could not answer. The terminal it runs in says why.']],
])

/**
 * @param {import('express').Request} request
 * @param {import('express').Response} response
 * @param {number} status
 */
export const showError = (request, response, status) => {
  const unknown = ['Not understood', 'The demo could not make sense of this request.']
  const [title, what] = errors.get(status) ?? unknown
  show(request, response.status(status), 'error', { status, title, what })
}
