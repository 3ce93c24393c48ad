import { createHash } from 'node:crypto'
import type { SessionData } from 'express-session'
import { invalidOption, nameOfError } from '../errors.js'
import { isPromise } from './promises.js'
import { sidProblem } from './sid.js'

/** Says whose a session is: the user's id, or nothing before the log-in. */
export type UserIdOf = (session: SessionData) => string | number | null | undefined

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
    throw invalidOption('userId', `the function threw a ${nameOfError(error)}`)
  }
  if (userId === null || userId === undefined) return null
  const problem = userIdProblem(userId)
  if (problem !== undefined) throw invalidOption('userId', `the function returned ${problem}`)
  return textOf(userId)
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
