import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import express from 'express'
import session from 'express-session'
import { errorPage, loginPage, sessionsPage } from './pages.mjs'
import { refuseOtherSites, securityHeaders } from './security.mjs'

/**
 * Cookies of one host are shared by all its ports: a name of its own separates this one from
 * other applications on 127.0.0.1.
 */
const cookieName = 'knex-session-demo'
const publicFiles = fileURLToPath(new URL('../public', import.meta.url))
/**
 * What the next page is to say, once: not in its address, where it would stay, nor in the session,
 * which may be gone.
 */
const noticeCookie = `${cookieName}-notice`
const minute = 60_000
const week = 7 * 24 * 60 * minute

/**
 * express-session takes callbacks only.
 * @param {(done: (error?: unknown) => void) => unknown} start
 * @returns {Promise<void>}
 */
const settled = (start) =>
  new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())))

/**
 * @param {express.Response} response
 * @param {string} notice
 */
const redirectWith = (response, notice) =>
  response
    .cookie(noticeCookie, notice, { httpOnly: true, sameSite: 'lax', maxAge: minute })
    .redirect(303, '/')

/**
 * @param {express.Request} request
 * @param {express.Response} response
 */
const takeNotice = ({ headers }, response) => {
  const [, notice] = new RegExp(`${noticeCookie}=([\\w-]+)`).exec(headers.cookie ?? '') ?? []
  if (notice !== undefined) response.clearCookie(noticeCookie)
  return notice
}

/** @param {unknown} value */
const readName = (value) => {
  const name = typeof value === 'string' ? value.trim() : ''
  return /^[^\p{Cc}]{1,40}$/u.test(name) ? name : undefined
}

/**
 * The application; it listens nowhere yet.
 * @param {object} parts
 * @param {Awaited<ReturnType<typeof import('./sessions.mjs').openSessions>>} parts.sessions
 * @param {string} parts.secret signs the cookies
 */
export const demoApp = ({ sessions, secret }) => {
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
      store: sessions.store,
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

  app.get('/', async (request, response) => {
    const notice = takeNotice(request, response)
    if (request.session.user === undefined) {
      const ended = request.headers.cookie?.includes(`${cookieName}=`) ?? false
      response.send(
        loginPage({ live: await sessions.store.length(), notice: ended ? 'ended' : notice }),
      )
      return
    }
    request.session.visits = (request.session.visits ?? 0) + 1
    // express-session would do both when the page is sent; the list on the page is to show this
    // visit and the new expiry already.
    request.session.touch()
    await settled((done) => request.session.save(done))
    response.send(
      sessionsPage({
        current: request.session,
        sessions: await sessions.list(request.session.user),
        notice,
      }),
    )
  })

  app.post('/login', async (request, response) => {
    const name = readName(request.body?.name)
    if (name === undefined) {
      response.status(400).send(
        loginPage({
          live: await sessions.store.length(),
          wrongName: String(request.body?.name ?? ''),
        }),
      )
      return
    }
    // A new id with the log-in, so that one planted in the browser before is worth nothing.
    await settled((done) => request.session.regenerate(done))
    Object.assign(request.session, { user: name, visits: 0, key: randomUUID() })
    // A browser follows the redirect as soon as it sees its headers, so the session has to be there
    // before.
    await settled((done) => request.session.save(done))
    response.redirect(303, '/')
  })

  app.post('/logout', async (request, response) => {
    await settled((done) => request.session.destroy(done))
    redirectWith(response.clearCookie(cookieName), 'logged-out')
  })

  app.post('/revoke', async (request, response) => {
    if (request.session.user === undefined) return response.redirect(303, '/')
    const revoked = await sessions.revoke(request.session.user, String(request.body?.key))
    redirectWith(response, revoked ? 'revoked' : 'gone')
  })

  // Where a browser is after a form: typing return in its address bar leads back to the page.
  app.get(['/login', '/logout', '/revoke'], (_request, response) => response.redirect(303, '/'))

  app.use((_request, response) => response.status(404).send(errorPage(404)))
  app.use(showError)
  return app
}

/**
 * Express knows a handler of errors by its four parameters. What went wrong inside goes to the
 * terminal, never to the page.
 * @type {express.ErrorRequestHandler}
 */
const showError = (error, _request, response, next) => {
  if (response.headersSent) return next(error)
  const status = error?.status >= 400 && error?.status < 500 ? error.status : 500
  if (status === 500) console.error(error)
  response.status(status).send(errorPage(status))
}
