import * as calls from './calls.mjs'
import { indexesBelow } from './random.mjs'
import { renew } from './sessions.mjs'

/**
 * One operation of a workload, ready to be called again and again.
 * @typedef {() => Promise<unknown>} Operation
 *
 * @typedef {(store: any, sessions: readonly import('./sessions.mjs').BenchSession[], seed: number)
 * => Operation} Workload
 */

/** @type {Workload} */
const get = (store, sessions, seed) => {
  const next = indexesBelow(sessions.length, seed)
  return () => calls.get(store, sessions[next()].sid).then(found)
}

/** @type {Workload} */
const set = (store, sessions, seed) => {
  const next = indexesBelow(sessions.length, seed)
  return () => {
    const { sid, data } = sessions[next()]
    renew(data)
    data.views += 1
    return calls.set(store, sid, data)
  }
}

/** @type {Workload} */
const touch = (store, sessions, seed) => {
  const next = indexesBelow(sessions.length, seed)
  return () => {
    const { sid, data } = sessions[next()]
    renew(data)
    return calls.touch(store, sid, data)
  }
}

/**
 * What express-session asks of a store for one request: a get, then a touch, and for every tenth
 * request a set instead. @type {Workload}
 */
const request = (store, sessions, seed) => {
  const next = indexesBelow(sessions.length, seed)
  let count = 0
  return async () => {
    const { sid, data } = sessions[next()]
    const changes = ++count % 10 === 0
    found(await calls.get(store, sid))
    renew(data)
    if (!changes) return calls.touch(store, sid, data)
    data.views += 1
    return calls.set(store, sid, data)
  }
}

/** @type {Readonly<Record<string, Workload>>} */
export const workloads = { get, set, touch, request }

/**
 * A store that loses sessions would be fast: what is not found ends the run. @param {any} session
 */
function found(session) {
  if (!session?.user) throw new Error('a session that was stored was not found')
}
