import type { SessionData } from 'express-session'
import { toEpochMs, type EpochMs, type SessionExpiry } from '../dialect/index.js'
import { nameOfError, SessionStoreError } from '../errors.js'
import { msBy } from './promises.js'

/** The life of a session without an expiry of its own, in ms, or a function that returns it. */
export type Ttl = number | ((session: SessionData) => number)

interface CookieExpiry {
  readonly expires?: unknown
  readonly originalMaxAge?: unknown
  readonly maxAge?: unknown
}

/** The latest point in time a JavaScript `Date` can hold. */
export const latest: EpochMs = toEpochMs(8.64e15)

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
  return within(now + (life ?? lifeBy(ttl, session, 'ttl')))
}

/** When a session that is written ends, and what bounds that. */
export interface Times {
  readonly expired: EpochMs
  /** When it was created, and how long it may live from then on, in ms; where that is bounded. */
  readonly createdAt?: EpochMs
  readonly life?: number
}

/** {@link expiryOf}, but at most `absoluteTtl` after the session was created. Throws as that does. */
export function timesOf(
  session: SessionData,
  now: EpochMs,
  { ttl, absoluteTtl }: { readonly ttl: Ttl; readonly absoluteTtl?: Ttl | undefined },
  createdAt: EpochMs = now,
): Times {
  const expired = expiryOf(session, now, ttl)
  if (absoluteTtl === undefined) return { expired }
  const life = lifeBy(absoluteTtl, session, 'absoluteTtl')
  return { expired: atMost(expired, createdAt, life), createdAt, life }
}

/**
 * When a session ends at the latest that was created at a point of time; `undefined` where one of
 * the two is not known. Throws likewise.
 */
export function lastEndOf(
  session: SessionData,
  createdAt: EpochMs | undefined,
  absoluteTtl: Ttl | undefined,
): EpochMs | undefined {
  if (createdAt === undefined || absoluteTtl === undefined) return undefined
  return within(createdAt + lifeBy(absoluteTtl, session, 'absoluteTtl'))
}

/**
 * Has a cookie that express-session makes anew at each answer end with its session, in `left` ms.
 */
export function limitCookie(cookie: { originalMaxAge: number | null }, left: number): void {
  const { originalMaxAge } = cookie
  if (typeof originalMaxAge === 'number' && originalMaxAge > left) cookie.originalMaxAge = left
}

/**
 * A row that ends no later than its session may live that was created at a point of time, where both
 * are known.
 */
export function withinLife<Row extends SessionExpiry>(
  row: Row,
  createdAt: EpochMs | undefined,
  life: number | undefined,
): Row {
  if (createdAt === undefined || life === undefined) return row
  return { ...row, createdAt, expired: atMost(row.expired, createdAt, life) }
}

function atMost(expired: EpochMs, createdAt: EpochMs, life: number): EpochMs {
  const end = createdAt + life
  return end < expired ? within(end) : expired
}

function within(end: number): EpochMs {
  return toEpochMs(Math.max(Math.min(end, latest), -Number(latest)))
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
    const message = `the cookie of the session cannot be read: it threw ${nameOfError(error)}`
    throw new SessionStoreError({ code: 'ERR_INVALID_SESSION', message })
  }
}

/**
 * Whether a stored cookie is to show when the session ends. Not one that ends with the browser
 * session, which has neither an expiry nor a life span, nor one that was made by hand with a life
 * span of its own: it comes back as it was.
 */
export function showsExpiry(cookie: CookieExpiry): boolean {
  const isBrowserSession = !isDate(cookie.expires) && typeof cookie.originalMaxAge !== 'number'
  return !isBrowserSession && ownMaxAge(cookie) === undefined
}

function lifeBy(ttl: Ttl, session: SessionData, option: 'ttl' | 'absoluteTtl'): number {
  return typeof ttl === 'number' ? ttl : msBy(option, ttl, session, isLife)
}

/** No bound is a life, too. */
function isLife(ms: number): boolean {
  return !Number.isNaN(ms)
}

/**
 * The `maxAge` of a cookie that was made by hand, as connect-session-knex reads it. In a `Cookie`
 * of express-session it is a getter of the class, which says what is left of `expires` by the time
 * of the process.
 */
function ownMaxAge(cookie: CookieExpiry): number | undefined {
  return Object.hasOwn(cookie, 'maxAge') ? lifeOf(cookie.maxAge) : undefined
}

function isDate(value: unknown): value is Date | string {
  return typeof value === 'string' || value instanceof Date
}

function dateOf(value: unknown): number | undefined {
  if (!isDate(value)) return undefined
  const ms = typeof value === 'string' ? Date.parse(value) : value.getTime()
  return Number.isNaN(ms) ? undefined : ms
}

function lifeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
