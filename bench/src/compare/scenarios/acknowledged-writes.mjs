import { setTimeout as delay } from 'node:timers/promises'
import session from 'express-session'
import { get, set } from '../../load/calls.mjs'

/** @type {import('./scenario.mjs').Scenario} */
export const scenario = {
  name: 'acknowledged-writes',
  title: 'Acknowledged writes',
  what: ({ visitors, writingMs }) =>
    `${visitors} callers of the store write a new session each time, for ${writingMs / 1_000} s. Then the server is killed by SIGKILL and started again. Every session whose write was acknowledged is then read.`,
  figures: [
    { key: 'lost', title: 'Acknowledged writes lost' },
    { key: 'acknowledged', title: 'of acknowledged writes', isContext: true },
  ],
  async run({ server, numbers: { visitors, writingMs }, start }) {
    const application = await start({ survives: true })
    await application.order('begin', visitors)
    await delay(writingMs)
    await server.kill9()
    await application.order('end')
    await server.restart()
    const ids = await application.order('ids')
    await application.stop()
    const reader = await start({ survives: true })
    const figures = await reader.order('count', ids)
    await reader.stop()
    return figures
  },
}

/** @type {string[]} */
const acknowledged = []
let running = false

export const inside = {
  /** @param {any} store @param {number} callers */
  begin(store, callers) {
    running = true
    for (let caller = 0; caller < callers; caller++) void write(store, caller)
  },
  end() {
    running = false
  },
  ids: () => acknowledged,
  /** @param {any} store @param {readonly string[]} ids */
  async count(store, ids) {
    let lost = 0
    for (let start = 0; start < ids.length; start += 64) {
      const some = ids.slice(start, start + 64)
      const found = await Promise.all(some.map((id) => get(store, id)))
      lost += found.filter((each, index) => each?.id !== some[index]).length
    }
    return { lost, acknowledged: ids.length }
  },
}

/** @param {any} store @param {number} caller */
async function write(store, caller) {
  for (let turn = 0; running; turn++) {
    const id = `acknowledged ${caller} ${turn}`
    const data = { cookie: new session.Cookie({ maxAge: 3_600_000 }), id }
    await set(store, id, data).then(
      () => running && acknowledged.push(id),
      () => undefined,
    )
    await delay(5)
  }
}
