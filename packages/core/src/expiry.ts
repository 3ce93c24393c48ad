import type { SessionData } from 'express-session'
import { toEpochMs, type EpochMs } from './dialect/adapter.js'
import { invalidOption, nameOfError, SessionStoreError } from './errors.js'

/** The life of a session without an expiry of its own, in ms, or a function that tells it. */
export type Ttl = number | ((session: SessionData) => number)

interface CookieExpiry {
  readonly expires?: unknown
  readonly originalMaxAge?: unknown
  readonly maxAge?: unknown
}

/** The latest point in time a JavaScript `Date` can hold. */
const latest = 8.64e15

/**
 * When a session ends: its cookie's `expires` where that is a date, else now plus the cookie's `originalMaxAge` or `maxAge`, else now
 * plus `ttl`. A session without a cookie lives for `ttl`. Throws a `TypeError` with code `ERR_INVALID_OPTION` when a `ttl` function throws
 * or returns no number, and a {@link SessionStoreError} with code `ERR_INVALID_SESSION` when the cookie throws.
 */
export function expiryOf(session: SessionData, now: EpochMs, ttl: Ttl): EpochMs {
  const { expires, life } = cookieOf(session)
  if (expires !== undefined) return toEpochMs(expires)
  const end = now + (life ?? (typeof ttl === 'function' ? lifeBy(ttl, session) : ttl))
  return toEpochMs(Math.max(Math.min(end, latest), -latest))
}

/** What a cookie says, which may have accessors of the application's; what they throw is not passed on: it may quote the session. */
function cookieOf(session: SessionData): { readonly expires?: number | undefined; readonly life?: number | undefined } {
  try {
    const cookie: CookieExpiry = (session as { cookie?: CookieExpiry }).cookie ?? {}
    const expires = dateOf(cookie.expires)
    return expires === undefined ? { life: lifeOf(cookie.originalMaxAge) ?? lifeOf(cookie.maxAge) } : { expires }
  } catch (error) {
    const message = `the cookie of the session cannot be read: it threw a ${nameOfError(error)}`
    throw new SessionStoreError({ code: 'ERR_INVALID_SESSION', message })
  }
}

/** Whether a stored cookie ends with the browser session: it has neither an expiry nor a life span. */
export function isBrowserSession(cookie: CookieExpiry): boolean {
  return typeof cookie.expires !== 'string' && !(cookie.expires instanceof Date) && typeof cookie.originalMaxAge !== 'number'
}

/** What the function throws is not passed on: it may quote the session. */
function lifeBy(ttl: (session: SessionData) => number, session: SessionData): number {
  let life: unknown
  try {
    life = ttl(session)
  } catch (error) {
    throw invalidOption('ttl', `the function threw a ${nameOfError(error)}`)
  }
  if (typeof life !== 'number' || Number.isNaN(life)) throw invalidOption('ttl', 'the function returned no number of milliseconds')
  return life
}

function dateOf(value: unknown): number | undefined {
  if (!(value instanceof Date) && typeof value !== 'string') return undefined
  const ms = typeof value === 'string' ? Date.parse(value) : value.getTime()
  return Number.isNaN(ms) ? undefined : ms
}

function lifeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
