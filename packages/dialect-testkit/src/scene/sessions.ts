import type { SessionData } from 'express-session'

export const minute = 60_000
export const hour: number = 60 * minute
export const day: number = 24 * hour

/** The plain contents of a session. */
export type Contents = Readonly<Record<string, unknown>>

/** A session that ends at `expires` (ms since 1970), with a cookie as express-session writes it. */
export function sessionUntil(expires: number, contents: Contents = {}): SessionData {
  return withCookie({ originalMaxAge: hour, expires: new Date(expires).toISOString() }, contents)
}

/** A session whose cookie ends with the browser session. */
export function browserSession(contents: Contents = {}): SessionData {
  return withCookie({ originalMaxAge: null, expires: null }, contents)
}

/** A session whose cookie has the given fields, whatever they are. */
export function withCookie(cookie: Contents, contents: Contents = {}): SessionData {
  const session: unknown = { cookie: { httpOnly: true, path: '/', ...cookie }, ...contents }
  return session as SessionData
}

/** What a session holds besides its cookie, or `null` for none. */
export function contentsOf(session: SessionData | null): Contents | null {
  if (session === null) return null
  const { cookie: _, ...contents } = session
  return contents
}

/** The session's cookie as it was read; empty for no session. */
export function cookieOf(session: SessionData | null): {
  readonly expires?: unknown
  readonly originalMaxAge?: unknown
} {
  return session?.cookie ?? {}
}

/** When the session ends by its cookie, in ms since 1970; `NaN` for one without an expiry. */
export function expiryIn(session: SessionData | null): number {
  const { expires } = cookieOf(session)
  if (expires instanceof Date) return expires.getTime()
  return typeof expires === 'string' ? Date.parse(expires) : NaN
}
