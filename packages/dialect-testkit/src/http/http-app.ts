import { AsyncLocalStorage } from 'node:async_hooks'
import type { KnexSessionStore } from '@knex-session/core'
import express, { type NextFunction, type Request, type Response } from 'express'
import session, { type SessionOptions } from 'express-session'
import { listen, type Listening } from './listen.js'

/** Sessions of the app hold what requests put there. */
interface AppSession {
  user?: string
  visits?: number
}

/** A running app. */
export interface RunningApp extends Listening {
  /** What reached Express's error handler. */
  readonly errors: readonly unknown[]
  /** Resolves when so many requests have loaded their session and wait to go on. */
  held(count: number): Promise<void>
  /** Lets them go on. */
  letGo(): void
}

/** Where requests wait for each other. */
class Gate {
  readonly #waiting: (() => void)[] = []
  #arrived: (() => void) | undefined

  wait(goOn: () => void): void {
    this.#waiting.push(goOn)
    this.#arrived?.()
  }

  held(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = () => {
        if (this.#waiting.length >= count) resolve()
      }
      this.#arrived()
    })
  }

  letGo(): void {
    for (const goOn of this.#waiting.splice(0)) goOn()
  }
}

/** The request that the app is at, as applications keep it for their logs. */
const current = new AsyncLocalStorage<string>()

function sessionOf(request: Request): AppSession {
  return request.session as unknown as AppSession
}

/** Hands an error to Express, or answers. */
function finish(response: Response, next: NextFunction, body: object): (error?: unknown) => void {
  return (error) => {
    if (error === undefined || error === null) response.json(body)
    else next(error)
  }
}

function routes(app: express.Express, gate: Gate): void {
  app.get('/', (request, response) => {
    response.json({
      sid: request.sessionID,
      user: sessionOf(request).user ?? null,
      visits: sessionOf(request).visits ?? 0,
    })
  })
  // Whose request it is by the async context, after the session was read and after it was saved.
  app.get('/whose/:name', (request, response, next) => {
    const read = current.getStore()
    request.session.save((error: unknown) => {
      finish(response, next, { name: request.params.name, read, saved: current.getStore() })(error)
    })
  })
  app.post('/login/:user', (request, response, next) => {
    request.session.regenerate((error: unknown) => {
      if (!error) sessionOf(request).user = request.params.user
      finish(response, next, { sid: request.sessionID })(error)
    })
  })
  app.post('/visit', (request, response) => {
    const current = sessionOf(request)
    current.visits = (current.visits ?? 0) + 1
    response.json({ sid: request.sessionID, visits: current.visits })
  })
  // Changes only the cookie, which express-session hands to `touch`.
  app.post('/stay/:ms', (request, response) => {
    request.session.cookie.maxAge = Number(request.params.ms)
    response.json({})
  })
  // Waits, with what it has loaded, until it is let go, and changes the session then.
  app.post('/held/visit', (request, response) => {
    gate.wait(() => {
      sessionOf(request).visits = Math.random()
      response.json({})
    })
  })
  app.post('/save', (request, response, next) => {
    sessionOf(request).visits = 1000
    request.session.save(finish(response, next, {}))
  })
  // Saves once more, whatever became of the first time.
  app.post('/save-again', (request, response, next) => {
    sessionOf(request).visits = 1000
    request.session.save(() => request.session.save(finish(response, next, {})))
  })
  app.post('/logout', (request, response, next) => {
    request.session.destroy(finish(response, next, {}))
  })
  app.post('/forget', (request, response) => {
    Object.assign(request, { session: null })
    response.json({})
  })
}

/** Starts an Express app with sessions in the store, on a free port of 127.0.0.1. */
export async function startApp(
  store: KnexSessionStore,
  options: Partial<SessionOptions> = {},
): Promise<RunningApp> {
  const app = express()
  const errors: unknown[] = []
  app.use((request, _response, next) => current.run(request.path.slice('/whose/'.length), next))
  app.use(
    session({
      store,
      secret: 'a secret of the conformance suite',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 3_600_000 },
      ...options,
    }),
  )
  const gate = new Gate()
  routes(app, gate)
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    errors.push(error)
    if (!response.headersSent) response.status(500).json({ failed: true })
  })
  return {
    ...(await listen(app)),
    errors,
    held: (count) => gate.held(count),
    letGo: () => gate.letGo(),
  }
}
