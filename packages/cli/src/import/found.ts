import type { SessionStore } from '@knex-session/core/standalone'

/** Session data, and when it ends. */
export interface Found {
  readonly sid: string
  /** `undefined`: it cannot be read. */
  readonly session: Readonly<Record<string, unknown>> | undefined
  readonly ends: number
  /** Whether nobody knows when it ends, so that one which is there is kept. */
  readonly isGuess?: true
}

const notRead = Symbol('not read')

/** The session in a text; a value that says so where there is none. */
export function sessionIn(text: string): Record<string | symbol, unknown> {
  let session: unknown
  try {
    session = JSON.parse(text)
  } catch {
    // As one that is no object.
  }
  const isSession = typeof session === 'object' && session !== null && !Array.isArray(session)
  return isSession ? (session as Record<string, unknown>) : { [notRead]: text }
}

/** For the option `serializer`: what cannot be read is listed like any other session. */
export const tolerant = {
  stringify: (session: object): string => JSON.stringify(session),
  parse: (text: string): object => sessionIn(text),
}

/** Whether a session is one that could not be read. */
export function isUnreadable(session: object): boolean {
  return notRead in session
}

/** The session in a table; `null` where there is none. One that cannot be read is there. */
export async function readFrom(store: SessionStore<object>, sid: string): Promise<object | null> {
  try {
    return await store.get(sid)
  } catch (error) {
    if (!isOfSession(error)) throw error
    return sessionIn('')
  }
}

/** Whether the session that is there ends before the one that was found. */
export function isSooner(there: object, { ends, isGuess }: Found): boolean {
  if (isGuess || isUnreadable(there)) return false
  const { expires } = (there as { cookie?: { expires?: unknown } }).cookie ?? {}
  // One that ends with the browser does not say when.
  const until = expires instanceof Date ? expires.getTime() : Date.parse(String(expires))
  return until < ends - 1_000
}

/** A session to store. Its cookie says when it ends, unless it ends with the browser. */
export function toStore({ session, ends }: Found): Record<string, unknown> {
  const { cookie } = (session ?? {}) as { readonly cookie?: Readonly<Record<string, unknown>> }
  if (typeof cookie !== 'object') return { ...session, cookie: { originalMaxAge: null } }
  const { expires = null, originalMaxAge } = cookie
  if (expires === null && typeof originalMaxAge !== 'number') return { ...session }
  return { ...session, cookie: { ...cookie, expires: new Date(ends).toISOString() } }
}

/** A failure that is about one session: its id, its contents, or another one that has its id. */
export function isOfSession(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return /_S(?:ID|ESSION)/.test(String(code))
}
