// A process of an application under load, as a fault test sees it: it takes its orders and reports
// what it saw by messages.
import createKnex from 'knex'
import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import '@knex-session/dialect-sqlite'
import { Callers } from './callers.mjs'
import { knexConfig, Occupation } from './connections.mjs'
import { primaryOf, primaryOnly } from './primary.mjs'
import { writerOf } from './writer.mjs'

/**
 * @typedef {object} LoadConfig
 * @property {import('knex').Knex.Config} knex
 * @property {readonly string[]} [servers] of which the pool is to connect to the one that takes
 * writes
 * @property {readonly string[]} [statements] with which each connection begins
 * @property {boolean} [primaryOnly] whether the pool takes no connection to a standby
 * @property {boolean} [watched] whether the errors that the store hides are counted; its statements
 * all go through knex then
 * @property {import('@knex-session/core').KnexSessionStoreOptions} store
 * @property {import('./callers.mjs').CallersOptions} callers
 */

/**
 * @typedef {'start' | 'stop' | 'figures' | 'call' | 'prune' | 'query' | 'occupy' | 'free' | 'lose'
 * | 'keep' | 'closeStore' | 'end'} Order
 */

/**
 * @typedef {import('./callers.mjs').Figures & {
 *   unhandled: string[], hidden: Record<string, number>, ledger: [sid: string, entry: import('./ledger.mjs').Entry][], outages: string[],
 *   callsUnderWay: number, heap: number, handles: number, timers: number, connections: number }}
 *   Report
 */

/** @type {LoadConfig} */
const config = JSON.parse(process.argv[2] ?? '')

/** @type {string[]} */
const unhandled = []
for (const event of /** @type {const} */ (['unhandledRejection', 'uncaughtException'])) {
  process.on(event, (/** @type {unknown} */ error) =>
    unhandled.push(`${event}: ${error instanceof Error ? error.stack : String(error)}`),
  )
}

const choice =
  config.servers && (config.knex.client === 'pg' ? primaryOf : writerOf)(config.servers)

const given = knexConfig(config)
const knex = createKnex({
  ...given,
  ...(choice && { connection: choice.connection }),
  ...(config.primaryOnly && { pool: { ...given.pool, afterCreate: primaryOnly } }),
})
/**
 * @type {Record<string, number>} errors by the server's code, of statements whose callers need not
 * hear of them
 */
const hidden = {}
if (config.watched) {
  knex.on('query-error', (/** @type {{ code?: string, errno?: number }} */ { code, errno }) => {
    const key = String(errno ?? code)
    hidden[key] = (hidden[key] ?? 0) + 1
  })
}
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
const occupation = new Occupation(knex)

/** @returns {Report} */
const report = () => {
  globalThis.gc?.()
  const { pool } = knex.client
  return {
    ...callers.figures,
    unhandled,
    hidden,
    outages,
    callsUnderWay: callers.pending,
    ledger: callers.ledger.toJSON(),
    heap: process.memoryUsage().heapUsed,
    handles: process
      .getActiveResourcesInfo()
      .filter((kind) => kind !== 'Timeout' && kind !== 'Immediate').length,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    connections: pool === undefined ? 0 : pool.numUsed() + pool.numFree(),
  }
}

/** One call by itself: how it ended and how long that took. */
const call = async () => {
  const started = performance.now()
  const sid = `${config.callers.name} by itself`
  try {
    await store.set(sid, callers.session(0))
    const found = await store.get(sid)
    return { error: found === null ? 'not found' : null, ms: performance.now() - started }
  } catch (error) {
    return { error: /** @type {Error} */ (error).message, ms: performance.now() - started }
  }
}

/** @type {Record<Order, (argument: any) => unknown>} */
const orders = {
  start: () => callers.start(),
  async stop() {
    await callers.stop()
    return report()
  },
  figures: report,
  call,
  prune: () => store.prune(),
  async query(/** @type {string} */ sql) {
    await knex.raw(sql)
  },
  occupy: (/** @type {number} */ connections) => occupation.begin(connections),
  free: () => occupation.end(),
  lose: () => callers.ledger.lose(),
  keep: () => callers.ledger.keep(),
  closeStore: () => store.close(),
  async end() {
    await store.close()
    await knex.destroy()
    // From here on the process has to end by itself.
    process.off('disconnect', abandoned)
    setImmediate(() => process.disconnect())
    return null
  },
}

/** The test is gone without an order to end. */
const abandoned = () => process.exit(1)
process.on('disconnect', abandoned)

process.on(
  'message',
  async (
    /** @type {{ order: Order, id: number, argument?: unknown }} */ { order, id, argument },
  ) => {
    process.send?.({ id, answer: (await orders[order](argument)) ?? null })
  },
)
process.send?.({ id: 0, answer: 'up' })
