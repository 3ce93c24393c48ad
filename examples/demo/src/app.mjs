import { fileURLToPath } from 'node:url'
import express from 'express'
import session from 'express-session'
import { account, logOut } from './account.mjs'
import { admin } from './admin.mjs'
import { devices, devicesOf } from './devices.mjs'
import { experiments, visits } from './experiments.mjs'
import { backToStart, show, showError } from './pages.mjs'
import { refuseFormsWithoutToken, refuseOtherSites, securityHeaders } from './security.mjs'

/**
 * Cookies of one host are shared by all its ports: a name of its own separates this one from
 * other applications on 127.0.0.1.
 */
const cookieName = 'knex-session-demo'
const publicFiles = fileURLToPath(new URL('../public', import.meta.url))
const week = 7 * 24 * 60 * 60 * 1_000

/**
 * The application; it listens nowhere yet.
 * @param {object} parts
 * @param {import('@knex-session/core').KnexSessionStore} parts.store
 * @param {import('./live.mjs').LivePages} parts.live
 * @param {string} parts.secret signs the cookies
 * @param {string} parts.file where the sessions are
 * @param {number} parts.outage how long the database can be taken away, in ms
 */
export const demoApp = ({ store, live, secret, file, outage }) => {
  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders)
  app.use(
    express.static(publicFiles, {
      index: false,
      setHeaders: (response) => response.setHeader('Cache-Control', 'no-cache'),
    }),
  )
  app.use(refuseOtherSites)
  app.use(
    session({
      store,
      secret,
      name: cookieName,
      resave: false,
      // No cookie and no row before a log-in.
      saveUninitialized: false,
      // Every request moves the expiry of the row and of the cookie.
      rolling: true,
      // Lax: other sites' forms are sent without the cookie. Secure needs https, which a demo on
      // 127.0.0.1 has not.
      cookie: { sameSite: 'lax', httpOnly: true, secure: 'auto', maxAge: week },
    }),
  )
  app.use(express.urlencoded({ extended: false, limit: '10kb' }))

  app.use(account({ store, live, cookieName }))
  app.use(['/logout', '/devices', '/live', '/crowd', '/outage', '/visits'], onlyUsers)
  app.use(refuseFormsWithoutToken)
  app.get('/', async (request, response) => {
    const { session } = request
    session.visits = (session.visits ?? 0) + 1
    response.on('finish', () => live.send(session.user ?? '', 'devices'))
    show(request, response, 'home', {
      visits,
      crowd: app.locals['crowd'] ?? {},
      outage,
      devices: await devicesOf(store, request),
    })
  })
  app.use(logOut({ live, cookieName }))
  app.use(devices({ store, live }))
  app.use(experiments({ file, outage, live }))
  app.use(admin(store))

  app.use((request, response) => showError(request, response, 404))
  app.use(handleError)
  return app
}

/**
 * Leads everybody else to the log-in.
 * @type {express.RequestHandler}
 */
const onlyUsers = (request, response, next) => {
  // After a form, typing return in the address bar asks for its address.
  const isForm = request.method === 'GET' && !['/devices', '/live'].includes(request.originalUrl)
  if (request.session.user === undefined || isForm) return backToStart(response)
  return next()
}

/**
 * Express knows a handler of errors by its four parameters. What went wrong inside goes to the
 * terminal, never to the page.
 * @type {express.ErrorRequestHandler}
 */
const handleError = (error, request, response, next) => {
  if (response.headersSent) return next(error)
  const status = error?.status >= 400 && error?.status < 500 ? error.status : 500
  if (status === 500) console.error(error)
  showError(request, response, status)
}
