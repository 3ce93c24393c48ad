import type { SessionData } from 'express-session'
import { toEpochMs, type EpochMs } from '../dialect/index.js'
import { invalidOption, nameOfError, SessionStoreError } from '../errors.js'
import { isPromise } from './promises.js'

/** The life of a session without an expiry of its own, in ms, or a function that returns it. */
export type Ttl = number | ((session: SessionData) => number)

interface CookieExpiry {
  readonly expires?: unknown
  readonly originalMaxAge?: unknown
  readonly maxAge?: unknown
}

/** The latest point in time a JavaScript `Date` can hold. */
const latest = 8.64e15

/**
 * When a session ends: now plus the `maxAge` of its cookie where that is a number of the cookie's
 * own, else the cookie's `expires` where that is a date, else now plus its `originalMaxAge`, else
 * now plus `ttl`. A session without a cookie lives for `ttl`. Throws a `TypeError` with code
 * `ERR_INVALID_OPTION` when a `ttl` function throws or returns no number, and a
 * {@link SessionStoreError} with code `ERR_INVALID_SESSION` when the cookie throws.
 */
export function expiryOf(session: SessionData, now: EpochMs, ttl: Ttl): EpochMs {
  const { expires, life } = cookieOf(session)
  if (expires !== undefined) return toEpochMs(expires)
  const end = now + (life ?? (typeof ttl === 'function' ? lifeBy(ttl, session) : ttl))
  return toEpochMs(Math.max(Math.min(end, latest), -latest))
}

/**
 * What a cookie says, which may have accessors of the application's; what they throw is not passed
 * on: it may quote the session.
 */
function cookieOf(session: SessionData): {
  readonly expires?: number | undefined
  readonly life?: number | undefined
} {
  try {
    const cookie: CookieExpiry = (session as { cookie?: CookieExpiry }).cookie ?? {}
    const maxAge = ownMaxAge(cookie)
    if (maxAge !== undefined) return { life: maxAge }
    const expires = dateOf(cookie.expires)
    return expires === undefined ? { life: lifeOf(cookie.originalMaxAge) } : { expires }
  } catch (error) {
    const message = `the cookie of the session cannot be read: it threw a ${nameOfError(error)}`
    throw new SessionStoreError({ code: 'ERR_INVALID_SESSION', message })
  }
}

/**
 * Whether a stored cookie is to show when the session ends. Not one that ends with the browser
 * session, which has neither an expiry nor a life span, nor one that was made by hand with a life
 * span of its own: it comes back as it was.
 */
export function showsExpiry(cookie: CookieExpiry): boolean {
  const isBrowserSession =
    typeof cookie.expires !== 'string' &&
    !(cookie.expires instanceof Date) &&
    typeof cookie.originalMaxAge !== 'number'
  return !isBrowserSession && ownMaxAge(cookie) === undefined
}

/** What the function throws is not passed on: it may quote the session. */
function lifeBy(ttl: (session: SessionData) => number, session: SessionData): number {
  let life: unknown
  try {
    life = ttl(session)
  } catch (error) {
    throw invalidOption('ttl', `the function threw a ${nameOfError(error)}`)
  }
  if (isPromise(life))
    throw invalidOption(
      'ttl',
      'the function returned a promise; it has to return the milliseconds themselves',
    )
  if (typeof life !== 'number' || Number.isNaN(life))
    throw invalidOption('ttl', 'the function returned no number of milliseconds')
  return life
}

/**
 * The `maxAge` of a cookie that was made by hand, as connect-session-knex reads it. In a `Cookie`
 * of express-session it is a getter of the class, which says what is left of `expires` by the time
 * of the process.
 */
function ownMaxAge(cookie: CookieExpiry): number | undefined {
  return Object.hasOwn(cookie, 'maxAge') ? lifeOf(cookie.maxAge) : undefined
}

function dateOf(value: unknown): number | undefined {
  if (!(value instanceof Date) && typeof value !== 'string') return undefined
  const ms = typeof value === 'string' ? Date.parse(value) : value.getTime()
  return Number.isNaN(ms) ? undefined : ms
}

function lifeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
