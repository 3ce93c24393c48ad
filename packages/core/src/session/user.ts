import { createHash } from 'node:crypto'
import type { SessionData } from 'express-session'
import { toEpochMs, type EpochMs } from '../dialect/index.js'
import { invalidOption, nameOfError } from '../errors.js'
import { isPromise } from './promises.js'
import { sidProblem } from './sid.js'

/** Says whose a session is: the user's id, or nothing before the log-in. */
export type UserIdOf = (session: SessionData) => string | number | null | undefined

/**
 * A session of a user, for a page that shows where the user is logged in. It holds no session id.
 */
export interface SessionInfo<Data extends object = SessionData> {
  /** Stands for the session: `revoke` takes it. */
  readonly handle: string
  /** When the session was made; `null` for one that is older than the column `created_at`. */
  readonly createdAt: Date | null
  /**
   * When it was last written or touched, which may be `touchInterval` ago; `null` for one that has
   * not been since the column was added.
   */
  readonly lastSeenAt: Date | null
  readonly expires: Date
  /** The session itself, a copy: changes to it are not stored. */
  readonly session: Data
  /** Whether it is the one whose id was given to `list`. */
  readonly current: boolean
}

/**
 * The live sessions of one user, and of nobody else. What is ended stays ended, also for requests
 * that have loaded it, and each is told by the event `ended`.
 */
export interface SessionsOfUser<Data extends object = SessionData> {
  /**
   * The sessions, the oldest first. `currentSid`: the id of the session whose entry is `current`,
   * as a rule `req.sessionID`.
   */
  list(currentSid?: string): Promise<SessionInfo<Data>[]>
  /** The number of sessions. */
  count(): Promise<number>
  /** Ends the session that a handle stands for; false where the user has none such. */
  revoke(handle: string): Promise<boolean>
  /**
   * Ends every session but the one with this id, as a rule `req.sessionID`; resolves to how many.
   */
  revokeOthers(sid: string): Promise<number>
  /** Ends every session; resolves to how many. */
  revokeAll(): Promise<number>
}

/**
 * A session that was ended by somebody else than its own request, as the event `ended` reports it.
 */
export interface EndedSession {
  /** `revoked`: by `sessionsOf`. `limit`: by `maxSessionsPerUser`. */
  readonly reason: 'revoked' | 'limit'
  /** What stands for the session in `list`. */
  readonly handle: string
  readonly userId: string
}

/**
 * The id of the user whose session it is, or `null`. Throws a `TypeError` with code
 * `ERR_INVALID_OPTION` when the function throws or returns something else; what it threw is not
 * passed on: it may quote the session.
 */
export function userIdIn(session: SessionData, userIdOf: UserIdOf): string | null {
  let userId: unknown
  try {
    userId = userIdOf(session)
  } catch (error) {
    throw invalidOption('userId', `the function threw ${nameOfError(error)}`)
  }
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
