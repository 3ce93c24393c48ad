/**
 * A store as koa-session wants it. What a request has loaded it writes over the same row, so that
 * no late request brings back a session that was ended.
 * @param {import('@knex-session/core/standalone').SessionStore<Record<string, unknown>>} store
 */
export const storeForKoa = (store) => {
  /** What a request has loaded, and under which id. */
  const loaded = new WeakMap()
  return {
    async get(sid, _maxAge, { ctx }) {
      const session = await store.get(sid)
      if (!session) return undefined
      loaded.set(ctx, { sid, session })
      const data = { ...session }
      delete data.cookie
      return data
    },

    /** `maxAge`: in ms, or `'session'` for a session that ends with the browser. */
    async set(sid, data, maxAge, { ctx }) {
      const known = loaded.get(ctx)
      const session = known?.sid === sid ? known.session : {}
      for (const key of Object.keys(session)) delete session[key]
      const life = typeof maxAge === 'number' ? maxAge : null
      const cookie = { originalMaxAge: life, expires: life && new Date(Date.now() + life) }
      await store.set(sid, Object.assign(session, data, { cookie }))
    },

    async destroy(sid) {
      await store.destroy(sid)
    },
  }
}
