import { createHash } from 'node:crypto'
import type { SessionData } from 'express-session'
import { toEpochMs, type EpochMs } from '../dialect/index.js'
import { invalidOption } from '../errors.js'
import { isPromise, returnedBy } from './promises.js'
import { sidProblem } from './sid.js'

/** Says whose a session is: the user's id, or nothing before the log-in. */
export type UserIdOf = (session: SessionData) => string | number | null | undefined

/**
 * A session of a user, for a page that shows where the user is logged in. It does not hold the
 * session id.
 */
export interface SessionInfo<Data extends object = SessionData> {
  /** Stands for the session; pass it to `revoke`. */
  readonly handle: string
  /**
   * When the session was created; `null` if that was before the table had the column `created_at`.
   */
  readonly createdAt: Date | null
  /**
   * When it was last written or touched. Touches that `touchInterval` skips do not count. `null` if
   * there was none since the column was added.
   */
  readonly lastSeenAt: Date | null
  readonly expires: Date
  /** A copy of the session: changes to it are not stored. */
  readonly session: Data
  /** Whether it is the session whose id was given to `list`. */
  readonly current: boolean
}

/**
 * The live sessions of one user. A session that is ended stays ended, also for requests that have
 * loaded it. The event `ended` reports each one.
 */
export interface SessionsOfUser<Data extends object = SessionData> {
  /**
   * The sessions, the oldest first. `currentSid`, usually `req.sessionID`, is the id of the session
   * to be marked as `current`.
   */
  list(currentSid?: string): Promise<SessionInfo<Data>[]>
  /** The number of sessions. */
  count(): Promise<number>
  /** Ends the session with this handle. Resolves to false if the user has no such session. */
  revoke(handle: string): Promise<boolean>
  /**
   * Ends every session except the one with this id, usually `req.sessionID`. Resolves to the number
   * of sessions ended.
   */
  revokeOthers(sid: string): Promise<number>
  /** Ends every session. Resolves to the number of sessions ended. */
  revokeAll(): Promise<number>
}

/**
 * A session that something else than its own request has ended, as the event `ended` reports it.
 */
export interface EndedSession {
  /** What ended it. `revoked`: a method of `sessionsOf`. `limit`: `maxSessionsPerUser`. */
  readonly reason: 'revoked' | 'limit'
  /** The handle of the session in `list`. */
  readonly handle: string
  readonly userId: string
}

/**
 * The id of the user whose session it is, or `null`. Throws a `TypeError` with code
 * `ERR_INVALID_OPTION` when the function throws or returns something else; what it threw is not
 * passed on: it may quote the session.
 */
export function userIdIn(session: SessionData, userIdOf: UserIdOf): string | null {
  const userId = returnedBy('userId', userIdOf, session)
  if (userId === null || userId === undefined) return null
  const problem = userIdProblem(userId)
  if (problem !== undefined) throw invalidOption('userId', `the function returned ${problem}`)
  return textOf(userId)
}

/** Gives each session a time of its own, so that the last one is the youngest in one ms, too. */
export function inOrder(): (at: EpochMs) => EpochMs {
  let last = -Infinity
  return (at) => {
    // A clock that was set back by more is followed.
    last = at > last || last - at > 1_000 ? at : last + 1
    return toEpochMs(last)
  }
}

/** An id of a user as it is stored. */
export function textOf(userId: unknown): string {
  return typeof userId === 'number' ? String(userId) : (userId as string)
}

/**
 * Why a value is no id of a user, which has the bounds of a session id; `undefined` when it is one.
 */
export function userIdProblem(value: unknown): string | undefined {
  if (isPromise(value)) return 'a promise: return the id itself'
  if (typeof value === 'number' && Number.isFinite(value)) return undefined
  if (Number.isNaN(value))
    return 'NaN (a value of type number): return a string, a number, null or undefined'
  if (typeof value !== 'string')
    return `a value of type ${typeof value}: return a string, a number, null or undefined`
  const problem = sidProblem(value)
  return problem === undefined ? undefined : `a string that cannot be stored: ${problem}`
}

/**
 * What stands for a session id on pages and in events: the first 128 bits of its SHA-256, as
 * base64url. No id can be made of it.
 */
export function handleOf(sid: string): string {
  return createHash('sha256').update(sid).digest().subarray(0, 16).toString('base64url')
}
