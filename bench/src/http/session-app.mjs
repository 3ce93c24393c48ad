import express from 'express'
import session from 'express-session'
import { secret } from './cookies.mjs'

/**
 * An Express application on a session store, with a route that reads the session and one that
 * changes it. A lost session must not look like a fast one: without a user the answer is 401.
 * @param {import('express-session').Store} store
 */
export function sessionApp(store) {
  const app = express()
  app.use(
    session({
      store,
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 86_400_000 },
    }),
  )
  app.use((request, response, next) => {
    if (request.session.user) next()
    else response.status(401).end()
  })
  app.get('/read', (request, response) => void response.send(String(request.session.views)))
  app.get('/write', (request, response) => void response.send(String((request.session.views += 1))))
  return app
}
