// One Express application on one session store, in a process of its own. Its argument is a JSON
// object, `ApplicationOptions` with the scenario; it takes orders by messages.
import { setTimeout as delay } from 'node:timers/promises'
import { contenderOf } from '../contenders/index.mjs'
import { httpSessions } from '../http/cookies.mjs'
import { sessionApp } from '../http/session-app.mjs'
import { fill } from '../load/calls.mjs'
import { shiftClock } from './clock.mjs'

const { contender, place, scenario, survives, clockOffset, sessions } = JSON.parse(
  process.argv[2] ?? '{}',
)
let unhandled = 0
// Without a listener Node.js ends the process.
if (survives) {
  process.on('unhandledRejection', () => unhandled++)
  process.on('uncaughtException', () => unhandled++)
}
if (clockOffset !== 0) shiftClock(clockOffset)

const { store } = await contenderOf(contender)
  .open(place)
  .catch((error) => {
    console.error(error)
    process.exit(1)
  })
await fill(store, httpSessions().slice(0, sessions))

const app = sessionApp(store)
app.get('/fields', (request, response) => void response.json(Object.keys(request.session)))
app.get('/slow/:ms/:field', async (request, response) => {
  await delay(Number(request.params.ms))
  request.session[request.params.field] = true
  response.end()
})
app.get('/log-out', (request, response, next) =>
  request.session.destroy((error) => (error ? next(error) : response.end())),
)
const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }))

const { inside = {} } = await import(`./scenarios/${scenario}.mjs`)
const orders = { ...inside, unhandled: () => unhandled }
process.on('message', async ({ id, order, argument }) => {
  try {
    process.send?.({ id, result: await orders[order](store, argument) })
  } catch (error) {
    process.send?.({ id, error: String(error) })
  }
})
process.on('disconnect', () => process.exit(0))
