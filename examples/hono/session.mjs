import { getSignedCookie, setSignedCookie, deleteCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { randomBytes } from 'node:crypto'

const name = 'sid'

/**
 * Sessions for Hono: `c.get('session')` is the session, a plain object to write to; `session.end()`
 * ends it and `session.renew()` gives it a new id. It is stored at the end of each request.
 * @param {object} options
 * @param {import('@knex-session/core/standalone').SessionStore<object>} options.store
 * @param {string} options.secret signs the cookie
 * @param {number} options.maxAge in ms
 */
export const session = ({ store, secret, maxAge }) =>
  createMiddleware(async (c, next) => {
    let sid = await getSignedCookie(c, secret, name)
    let row = sid ? await store.get(sid) : null
    const data = { ...row }
    delete data.cookie
    const before = JSON.stringify(data)
    let ended = false
    let renewed = !row
    c.set('session', {
      data,
      renew: () => (renewed = true),
      end: () => (ended = true),
    })
    await next()

    if (sid && row && (ended || renewed)) await store.destroy(sid)
    if (ended) {
      deleteCookie(c, name)
      return
    }
    const isNew = renewed || !row
    if (isNew && Object.keys(data).length === 0) return
    if (isNew) {
      sid = randomBytes(24).toString('base64url')
      row = {}
    }
    const cookie = { originalMaxAge: maxAge, expires: new Date(Date.now() + maxAge) }
    if (!isNew && JSON.stringify(data) === before) {
      // A touch of what was loaded writes only where the expiry moves enough.
      await store.touch(sid, Object.assign(row, { cookie }))
    } else {
      // Into the object that was loaded: the write brings back no session that was ended meanwhile.
      for (const key of Object.keys(row)) delete row[key]
      await store.set(sid, Object.assign(row, data, { cookie }))
    }
    await setSignedCookie(c, name, sid, secret, {
      maxAge: Math.floor(maxAge / 1_000),
      httpOnly: true,
      sameSite: 'Lax',
    })
  })
