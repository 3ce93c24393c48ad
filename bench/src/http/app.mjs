// One Express application on one session store, in a process of its own. Its argument is a JSON
// object: { contender, place, countsWrites }.
import { fill } from '../load/calls.mjs'
import { contenderOf } from '../contenders/index.mjs'
import { httpSessions } from './cookies.mjs'
import { sessionApp } from './session-app.mjs'
import { watchWrites } from './writes.mjs'

const { contender, place, countsWrites } = JSON.parse(process.argv[2] ?? '{}')
const writesOf = countsWrites ? watchWrites() : undefined
const { store } = await contenderOf(contender).open({ ...place, suffix: `${place.suffix}_http` })
await fill(store, httpSessions())

const app = sessionApp(store)
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
