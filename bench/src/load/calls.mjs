/**
 * A store's method as a promise. Every contender is called through this, so that its small cost is
 * the same for all.
 * @param {any} store an express-session store
 * @param {string} sid
 * @returns {Promise<any>}
 */
export function get(store, sid) {
  return new Promise((resolve, reject) =>
    store.get(sid, (error, session) => (error ? reject(error) : resolve(session))),
  )
}

/** @param {any} store @param {string} sid @param {object} session @returns {Promise<void>} */
export function set(store, sid, session) {
  return new Promise((resolve, reject) =>
    store.set(sid, session, (error) => (error ? reject(error) : resolve())),
  )
}

/** @param {any} store @param {string} sid @param {object} session @returns {Promise<void>} */
export function touch(store, sid, session) {
  return new Promise((resolve, reject) =>
    store.touch(sid, session, (error) => (error ? reject(error) : resolve())),
  )
}

/**
 * Puts the sessions into the store, 64 at a time. @param {any} store @param {readonly
 * import('./sessions.mjs').BenchSession[]} sessions
 */
export async function fill(store, sessions) {
  for (let start = 0; start < sessions.length; start += 64) {
    await Promise.all(
      sessions.slice(start, start + 64).map(({ sid, data }) => set(store, sid, data)),
    )
  }
}
