// A process of an application under load, as a fault test sees it: it takes its orders and tells what it saw by messages.
import createKnex from 'knex'
import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import { Callers } from './callers.mjs'
import { primaryOf } from './primary.mjs'
import { writerOf } from './writer.mjs'

/**
 * @typedef {object} LoadConfig
 * @property {import('knex').Knex.Config} knex
 * @property {readonly string[]} [servers] of which the pool is to connect to the one that takes writes
 * @property {readonly string[]} [pragmas] for each connection of SQLite
 * @property {import('@knex-session/core').KnexSessionStoreOptions} store
 * @property {import('./callers.mjs').CallersOptions} callers
 */

/** @typedef {'start' | 'stop' | 'figures' | 'call' | 'prune' | 'closeStore' | 'end'} Order */

/**
 * @typedef {import('./callers.mjs').Figures & {
 *   unhandled: string[], ledger: [sid: string, entry: import('./ledger.mjs').Entry][], outages: string[], heap: number, handles: number, timers: number, connections: number
 * }} Report
 */

/** @type {LoadConfig} */
const config = JSON.parse(process.argv[2] ?? '')

/** @type {string[]} */
const unhandled = []
for (const event of /** @type {const} */ (['unhandledRejection', 'uncaughtException'])) {
  process.on(event, (/** @type {unknown} */ error) => unhandled.push(`${event}: ${error instanceof Error ? error.stack : String(error)}`))
}

const choice = config.servers && (config.knex.client === 'pg' ? primaryOf : writerOf)(config.servers)

const knex = createKnex({
  ...config.knex,
  ...(choice && { connection: choice.connection }),
  ...(config.pragmas && {
    pool: {
      ...config.knex.pool,
      /**
       * @param {{ pragma(source: string): unknown }} database
       * @param {(error: unknown, database: unknown) => void} done
       */
      afterCreate(database, done) {
        for (const pragma of config.pragmas ?? []) database.pragma(pragma)
        done(null, database)
      },
    },
  }),
})
/** @type {string[]} */
const outages = []
const store = new KnexSessionStore({
  ...config.store,
  knex,
  onOutage({ over, message }) {
    if (!over) choice?.moved()
    outages.push(message)
    console.warn(message)
  },
})
const callers = new Callers(store, config.callers)

/** @returns {Report} */
const report = () => {
  globalThis.gc?.()
  const { pool } = knex.client
  return {
    ...callers.figures,
    unhandled,
    outages,
    ledger: callers.ledger.toJSON(),
    heap: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate').length,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    connections: pool === undefined ? 0 : pool.numUsed() + pool.numFree(),
  }
}

/** One call by itself: how it ended and how long that took. */
const call = async () => {
  const started = performance.now()
  const sid = `${config.callers.name} alone`
  try {
    await store.set(sid, callers.session(0))
    const found = await store.get(sid)
    return { error: found === null ? 'not found' : null, ms: performance.now() - started }
  } catch (error) {
    return { error: /** @type {Error} */ (error).message, ms: performance.now() - started }
  }
}

/** @type {Record<Order, () => unknown>} */
const orders = {
  start: () => callers.start(),
  async stop() {
    await callers.stop()
    return report()
  },
  figures: report,
  call,
  prune: () => store.prune(),
  closeStore: () => store.close(),
  async end() {
    await store.close()
    await knex.destroy()
    // From here on the process has to end by itself.
    setImmediate(() => process.disconnect())
    return null
  },
}

process.on('message', async (/** @type {{ order: Order, id: number }} */ { order, id }) => {
  process.send?.({ id, answer: (await orders[order]()) ?? null })
})
process.send?.({ id: 0, answer: 'up' })
