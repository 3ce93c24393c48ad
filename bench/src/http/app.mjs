// One Express application on one session store, in a process of its own. Its argument is a JSON
// object: { contender, place, countsWrites }.
import express from 'express'
import session from 'express-session'
import { fill } from '../load/calls.mjs'
import { contenderOf } from '../contenders/index.mjs'
import { httpSessions, secret } from './cookies.mjs'
import { watchWrites } from './writes.mjs'

const { contender, place, countsWrites } = JSON.parse(process.argv[2] ?? '{}')
const writesOf = countsWrites ? watchWrites() : undefined
const { store } = await contenderOf(contender).open({ ...place, suffix: `${place.suffix}_http` })
await fill(store, httpSessions())

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
  // A lost session must not look like a fast one.
  if (request.session.user) next()
  else response.status(401).end()
})
app.get('/read', (request, response) => void response.send(String(request.session.views)))
app.get('/write', (request, response) => void response.send(String((request.session.views += 1))))
const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }))
process.on('message', (message) => {
  if (message === 'gc') {
    globalThis.gc?.()
    process.send?.('collected')
  } else if (message === 'writes') {
    void writesOf?.(store).then((writes) => process.send?.({ writes }))
  }
})
process.on('disconnect', () => process.exit(0))
