import type { SessionData } from 'express-session'

/** A session that lives for a minute, with these contents. */
export function sessionOf(contents: object = {}): SessionData {
  const expires = new Date(Date.now() + 60_000).toISOString()
  return { cookie: { originalMaxAge: 60_000, expires }, ...contents } as unknown as SessionData
}
