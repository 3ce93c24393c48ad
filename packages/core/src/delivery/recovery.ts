import { SessionStoreError, type ErrorKind } from '../errors.js'

/** What is done about a failure. */
interface Recovery {
  /**
   * When the same statement is sent again:
   * - `never`: it would fail again
   * - `race`: after some ms, since it lost a race; a limited number of times
   * - `at once`: what made it fail has been put right; a limited number of times
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
  /** The pauses between attempts while it is away, in ms. Default: the shorter ones of an outage. */
  readonly pauses?: { readonly first: number; readonly longest: number }
}

/** After a log-in that was refused, in ms: servers lock an account after some of them. */
const loginPauses = { first: 1_000, longest: 5_000 }

/** The server answers, and takes this one neither now nor later. */
const refused: Recovery = { again: 'never', concerns: 'one call', database: 'answers' }

/**
 * What each kind of error means for the calls of a statement. A new kind does not compile until it
 * has its row.
 */
const recoveries: Readonly<Record<ErrorKind, Recovery>> = {
  retryable: { again: 'race', concerns: 'one call', database: 'answers' },
  locked: { again: 'race', concerns: 'a locked row', database: 'answers' },
  duplicate: { again: 'race', concerns: 'one call', database: 'answers' },
  'sid-taken': refused,
  'sid-impossible': refused,
  'already-exists': refused,
  'missing-table': { again: 'at once', concerns: 'every call', database: 'answers' },
  'prepared-statement': { again: 'at once', concerns: 'one call', database: 'answers' },
  connection: { again: 'outage', concerns: 'every call', database: 'away' },
  'login-refused': {
    again: 'outage',
    concerns: 'every call',
    database: 'away',
    pauses: loginPauses,
  },
  'access-denied': refused,
  'unusable-connection': refused,
  policy: refused,
  unsupported: refused,
  other: refused,
}

/** What is done about an error that is none of the database's: nothing. */
const unknown: Recovery = { again: 'never', concerns: 'one call', database: 'unknown' }

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
