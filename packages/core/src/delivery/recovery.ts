import { SessionStoreError, type ErrorKind } from '../errors.js'

/** What is done about a failure. */
export interface Recovery {
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
  /** Whether the database answered: that ends an outage. */
  readonly answered: boolean
}

/**
 * What each kind of error means for the calls of a statement. A new kind does not compile until it
 * has its row.
 */
const recoveries: Readonly<Record<ErrorKind, Recovery>> = {
  retryable: { again: 'race', concerns: 'one call', answered: true },
  locked: { again: 'race', concerns: 'a locked row', answered: true },
  duplicate: { again: 'race', concerns: 'one call', answered: true },
  'sid-taken': { again: 'never', concerns: 'one call', answered: true },
  'sid-impossible': { again: 'never', concerns: 'one call', answered: true },
  'already-exists': { again: 'never', concerns: 'one call', answered: true },
  'missing-table': { again: 'at once', concerns: 'every call', answered: true },
  'prepared-statement': { again: 'at once', concerns: 'one call', answered: true },
  connection: { again: 'outage', concerns: 'every call', answered: false },
  'login-refused': { again: 'outage', concerns: 'every call', answered: false },
  'access-denied': { again: 'never', concerns: 'one call', answered: true },
  'unusable-connection': { again: 'never', concerns: 'one call', answered: true },
  policy: { again: 'never', concerns: 'one call', answered: true },
  unsupported: { again: 'never', concerns: 'one call', answered: true },
  other: { again: 'never', concerns: 'one call', answered: true },
}

/** What is done about an error that is none of the database's: nothing. */
const unknown: Recovery = { again: 'never', concerns: 'one call', answered: false }

/** What is done about an error that a statement failed with. */
export function recoveryOf(error: unknown): Recovery {
  if (!(error instanceof SessionStoreError) || error.kind === undefined) return unknown
  // What says so without a cause is the store: the table is not to be made.
  const isFinal = error.kind === 'missing-table' && error.cause === undefined
  if (isFinal) return { ...recoveries[error.kind], again: 'never' }
  // No part of what was to be sent is the reason.
  if (error.whileConnecting) return { ...recoveries[error.kind], concerns: 'every call' }
  return recoveries[error.kind]
}
