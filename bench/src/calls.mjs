/**
 * A store's method as a promise. Every contender is called through this, so that its small cost is the same for all.
 * @param {any} store an express-session store
 * @param {string} sid
 * @returns {Promise<any>}
 */
export function get(store, sid) {
  return new Promise((resolve, reject) => store.get(sid, (error, session) => (error ? reject(error) : resolve(session))))
}

/** @param {any} store @param {string} sid @param {object} session @returns {Promise<void>} */
export function set(store, sid, session) {
  return new Promise((resolve, reject) => store.set(sid, session, (error) => (error ? reject(error) : resolve())))
}

/** @param {any} store @param {string} sid @param {object} session @returns {Promise<void>} */
export function touch(store, sid, session) {
  return new Promise((resolve, reject) => store.touch(sid, session, (error) => (error ? reject(error) : resolve())))
}
