import express, { type NextFunction, type Request, type Response } from 'express'
import session, { type SessionOptions, type Store } from 'express-session'
import { listen, type Listening } from '../../packages/dialect-testkit/src/http/listen.js'

type Contents = Record<string, unknown>

/** What a request has put into its session. */
function contentsOf(request: Request): Contents | null {
  // A request may have no session any more, which the types do not know.
  const { session } = request as { readonly session?: object | null }
  if (!session) return null
  const { cookie: _, ...contents } = session as Contents
  return contents
}

/** An app that does with sessions what express-session has for them, one thing for each path. */
export function startSessionApp(
  store: Store,
  options: Partial<SessionOptions>,
): Promise<Listening> {
  const app = express()
  app.use(
    session({
      store,
      secret: 'of a test',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 600_000 },
      ...options,
    }),
  )
  const answer = (request: Request, response: Response, more: Contents = {}) =>
    response.json({ session: contentsOf(request), sid: request.sessionID, ...more })
  const put = (request: Request, contents: Contents) => Object.assign(request.session, contents)
  const orFail = (next: NextFunction, goOn: () => void) => (error: unknown) => {
    if (error) next(error)
    else goOn()
  }
  app.get('/', (request, response) => {
    const { maxAge, originalMaxAge } = request.session.cookie
    const rounded = (ms: unknown) => (typeof ms === 'number' ? Math.round(ms / 10_000) : ms)
    answer(request, response, { left: rounded(maxAge), originally: rounded(originalMaxAge) })
  })
  app.post('/put/:name/:value', (request, response) => {
    put(request, { [request.params.name]: request.params.value })
    answer(request, response)
  })
  app.post('/put-and-take-back', (request, response) => {
    put(request, { passing: true })
    Object.assign(request.session, { passing: undefined })
    delete (request.session as unknown as Contents)['passing']
    answer(request, response)
  })
  app.post('/save', (request, response, next) => {
    put(request, { saved: 'once' })
    request.session.save(orFail(next, () => answer(request, response)))
  })
  app.post('/save-twice', (request, response, next) => {
    put(request, { saved: 'once' })
    request.session.save(
      orFail(next, () => {
        put(request, { saved: 'twice' })
        request.session.save(orFail(next, () => answer(request, response)))
      }),
    )
  })
  app.post('/save-twice-at-once', (request, response, next) => {
    let left = 2
    const saved = orFail(next, () => --left === 0 && answer(request, response))
    for (const which of ['first', 'second']) {
      put(request, { saved: which })
      request.session.save(saved)
    }
  })
  app.post('/save-and-change', (request, response, next) => {
    put(request, { saved: 'early' })
    request.session.save(
      orFail(next, () => {
        put(request, { saved: 'late' })
        answer(request, response)
      }),
    )
  })
  app.post('/reload', (request, response, next) => {
    put(request, { unsaved: true })
    request.session.reload(orFail(next, () => answer(request, response)))
  })
  app.post('/reload-ended', (request, response) => {
    request.session.destroy(() => {
      const { sessionID, sessionStore } = request
      // What `session.reload` does, which is gone with the session.
      sessionStore.get(sessionID, (_, found) => answer(request, response, { found: found ?? null }))
    })
  })
  app.post('/regenerate', (request, response, next) => {
    request.session.regenerate(
      orFail(next, () => {
        put(request, { generation: 'next' })
        answer(request, response)
      }),
    )
  })
  app.post('/regenerate-and-leave', (request, response, next) => {
    request.session.regenerate(orFail(next, () => answer(request, response)))
  })
  app.post('/destroy', (request, response, next) => {
    request.session.destroy(orFail(next, () => answer(request, response)))
  })
  app.post('/touch', (request, response) => {
    request.session.touch()
    answer(request, response)
  })
  // A change of only the cookie is not saved: whoever makes one changes more.
  app.post('/remember/:ms', (request, response) => {
    request.session.cookie.maxAge = Number(request.params.ms)
    put(request, { remember: request.params.ms })
    answer(request, response)
  })
  app.post('/browser-session', (request, response) => {
    Object.assign(request.session.cookie, { expires: false })
    put(request, { browser: true })
    answer(request, response)
  })
  app.post('/null', (request, response) => {
    Object.assign(request, { session: null })
    answer(request, response)
  })
  app.post('/delete', (request, response) => {
    delete (request as Partial<Request>).session
    answer(request, response)
  })
  app.post('/in-parts', (request, response) => {
    put(request, { parts: 'two' })
    response.type('json').write('{"session":')
    response.end(`${JSON.stringify(contentsOf(request))}}`)
  })
  app.post('/fail', (request) => {
    put(request, { before: 'the failure' })
    throw new Error('of the application')
  })
  // Express knows an error handler by its four parameters.
  app.use((error: Error, request: Request, response: Response, _next: NextFunction) => {
    response.status(500)
    answer(request, response, { failed: error.message })
  })
  return listen(app)
}
