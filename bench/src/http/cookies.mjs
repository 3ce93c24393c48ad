import { sign } from 'cookie-signature'
import { makeSessions } from '../load/sessions.mjs'

export const secret = 'the bench keeps no secrets'

/**
 * The 400 byte sessions, for a site without TLS: over HTTP express-session keeps back a cookie that
 * is marked secure.
 */
export function httpSessions() {
  const sessions = makeSessions(400)
  for (const { data } of sessions) data.cookie.secure = false
  return sessions
}

/** The Cookie headers of all sessions. */
export function cookieHeaders() {
  return httpSessions().map(
    ({ sid }) => `connect.sid=${encodeURIComponent(`s:${sign(sid, secret)}`)}`,
  )
}
