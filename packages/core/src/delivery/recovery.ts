import { SessionStoreError, type ErrorKind } from '../errors.js'

/** What is done about a failure. */
interface Recovery {
  /**
   * When the same statement is sent again:
   * - `never`: it would fail again
   * - `race`: after a pause, since it lost a race; a limited number of times
   * - `at once`: what made it fail has been put right; likewise, but the first time without a pause
   * - `outage`: when the database can be reached again, for as long as the deadline allows
   */
  readonly again: 'never' | 'race' | 'at once' | 'outage'
  /**
   * Whose failure it is, of the calls that share the statement; the others are worth another
   * statement.
   */
  readonly concerns: 'every call' | 'one call' | 'a locked row'
  /**
   * What it shows about the database:
   * - `answers`: that ends an outage
   * - `away`: it begins one, or the one that is on goes on
   * - `unknown`: nothing
   */
  readonly database: 'answers' | 'away' | 'unknown'
  /** The pauses between two attempts, in ms: each is about twice as long as the one before. */
  readonly pauses: { readonly first: number; readonly longest: number }
}

/**
 * The longest pause of a call that is tried again, in ms. So the last attempt may have failed this
 * long before the deadline.
 */
export const longestPause = 500

const racePauses = { first: 5, longest: longestPause }
const outagePauses = { first: 50, longest: longestPause }
/** After a log-in that was refused: servers lock an account after some of them. */
const loginPauses = { first: 1_000, longest: 5_000 }

const race: Recovery = {
  again: 'race',
  concerns: 'one call',
  database: 'answers',
  pauses: racePauses,
}

/** The server answers, and takes this one neither now nor later. */
const refused: Recovery = { ...race, again: 'never' }

const away: Recovery = {
  again: 'outage',
  concerns: 'every call',
  database: 'away',
  pauses: outagePauses,
}

/**
 * What each kind of error means for the calls of a statement. A new kind does not compile until it
 * has its row.
 */
const recoveries: Readonly<Record<ErrorKind, Recovery>> = {
  retryable: race,
  locked: { ...race, concerns: 'a locked row' },
  duplicate: race,
  'sid-taken': refused,
  'sid-impossible': refused,
  'already-exists': refused,
  'missing-table': { ...race, again: 'at once', concerns: 'every call' },
  'prepared-statement': { ...race, again: 'at once' },
  connection: away,
  'login-refused': { ...away, pauses: loginPauses },
  'access-denied': refused,
  'unusable-connection': refused,
  policy: refused,
  unsupported: refused,
  other: refused,
}

/** What is done about an error that is none of the database's: nothing. */
const unknown: Recovery = { ...refused, database: 'unknown' }

/** What is done about an error that a statement failed with. */
export function recoveryOf(error: unknown): Recovery {
  if (!(error instanceof SessionStoreError) || error.kind === undefined) return unknown
  // What says so without a cause is the store: the table is not to be made.
  const isFinal = error.kind === 'missing-table' && error.cause === undefined
  if (isFinal) return { ...recoveries[error.kind], again: 'never' }
  const recovery = recoveries[error.kind]
  // No answer in time shows nothing: a lock or the pool may be the reason.
  if (recovery.database === 'away' && error.code !== 'ERR_CONNECTION')
    return { ...recovery, database: 'unknown' }
  // No part of what was to be sent is the reason.
  return error.whileConnecting ? { ...recovery, concerns: 'every call' } : recovery
}
