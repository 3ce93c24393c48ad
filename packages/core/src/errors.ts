/**
 * What a failed statement means for the store:
 * - `retryable`: the same statement may succeed at once or a moment later (deadlock, serialization
 *   failure, busy)
 * - `locked`: the statement waited for another client's lock as long as it may; it will succeed
 *   when the lock is gone
 * - `duplicate`: a concurrent insert won the race for a key; the same statement will now find the
 *   row
 * - `already-exists`: the table or index to be created exists
 * - `sid-taken`: a unique key, usually the primary key by its collation, takes the row for another
 *   session's, which was not changed
 * - `sid-impossible`: the column cannot hold a session id of the statement, or cannot even be
 *   compared with it; no session has that id
 * - `missing-table`: the session table does not exist
 * - `connection`: there is no connection, or it broke, or the server is starting, stopping or
 *   read-only during a failover
 * - `login-refused`: the server does not let the user in: a wrong password, or a database that is
 *   not ready for log-ins yet. The store tries again every few seconds only, because servers lock
 *   an account after some failures
 * - `access-denied`: the database user lacks a right on the session table
 * - `policy`: a policy of the table (row-level security) does not allow the row
 * - `prepared-statement`: the server does not know the prepared statement, or knows another one by
 *   that name (a transaction pooler gave the connection to somebody else, or the table changed);
 *   the store sends statements without a name for a minute
 * - `unusable-connection`: a setting of the connection makes writes not last, or changes values on
 *   their way; the statement was not sent, or was rolled back
 * - `unsupported`: the server does not know the statement or a part of it, or the database user may
 *   not use it. If there is another way to do the same, the store takes that for a minute
 * - `other`: none of these; the store does not try again, but the next call does
 */
export type ErrorKind =
  | 'retryable'
  | 'locked'
  | 'duplicate'
  | 'sid-taken'
  | 'sid-impossible'
  | 'already-exists'
  | 'missing-table'
  | 'connection'
  | 'login-refused'
  | 'access-denied'
  | 'policy'
  | 'prepared-statement'
  | 'unusable-connection'
  | 'unsupported'
  | 'other'

/**
 * What went wrong, for programs. Compare this, not the class: several copies of core may be loaded.
 */
export type SessionStoreErrorCode =
  | 'ERR_CLOSED'
  | 'ERR_CONFLICT'
  | 'ERR_CONNECTION'
  | 'ERR_DATABASE'
  | 'ERR_DIALECT_CONFLICT'
  | 'ERR_DIALECT_NOT_REGISTERED'
  | 'ERR_INVALID_DIALECT'
  | 'ERR_INVALID_OPTION'
  | 'ERR_INVALID_SESSION'
  | 'ERR_INVALID_SID'
  | 'ERR_QUEUE_FULL'
  | 'ERR_SID_TAKEN'
  | 'ERR_TABLE_MISSING'
  | 'ERR_TIMEOUT'
  | 'ERR_UNREADABLE_SESSION'

/** The parts of a {@link SessionStoreError}. */
export interface SessionStoreErrorParts {
  readonly code: SessionStoreErrorCode
  /** What happened and what to do, without any value of a session. */
  readonly message: string
  readonly dialect?: string
  readonly kind?: ErrorKind
  /** The database's own error code, for example `42P01` or `ER_NO_SUCH_TABLE`. */
  readonly databaseCode?: string | number
  readonly cause?: Error
  readonly lostUnderWay?: boolean
  readonly whileConnecting?: boolean
}

/**
 * Every error of the store. Its message, stack and cause never hold session contents, bindings or a
 * full session id.
 */
export class SessionStoreError extends Error {
  override readonly name = 'SessionStoreError'
  readonly code: SessionStoreErrorCode
  // Only declared, so that one that is not known is not there, nor printed.
  declare readonly dialect: string | undefined
  /** What the database's error meant, where the database failed. */
  declare readonly kind: ErrorKind | undefined
  /** The database's own error code, for example `42P01` or `ER_NO_SUCH_TABLE`. */
  declare readonly databaseCode: string | number | undefined
  /**
   * Whether the connection was lost while the statement ran, and the server gave no reason: the
   * statement may be the cause.
   */
  declare readonly lostUnderWay: true | undefined
  /** Whether there was no connection, so that the statement was not sent. */
  declare readonly whileConnecting: true | undefined

  constructor(parts: SessionStoreErrorParts) {
    const origin = parts.dialect === undefined ? '' : `[${parts.dialect}] `
    super(withHelp(origin + parts.message, parts.code), parts.cause && { cause: parts.cause })
    this.code = parts.code
    if (parts.dialect !== undefined) this.dialect = parts.dialect
    if (parts.kind !== undefined) this.kind = parts.kind
    if (parts.databaseCode !== undefined) this.databaseCode = parts.databaseCode
    if (parts.lostUnderWay) this.lostUnderWay = true
    if (parts.whileConnecting) this.whileConnecting = true
  }
}

/** The kinds of {@link isRefusal}. */
export const refusals: ReadonlySet<ErrorKind | undefined> = new Set<ErrorKind>([
  'other',
  'unsupported',
  'access-denied',
])

/**
 * Whether the server answered that it will not do a statement, for a reason that no further try
 * removes and no other kind names. Where no connection came the server has not seen the statement,
 * and no other one is tried in its place: each try is a log-in, and servers lock an account after
 * some that failed.
 */
export function isRefusal(error: unknown): error is SessionStoreError {
  return (
    error instanceof SessionStoreError && error.whileConnecting !== true && refusals.has(error.kind)
  )
}

/** Whether such an answer is about the statement: another one may do. */
export function isUnsupported(error: unknown): error is SessionStoreError {
  return isRefusal(error) && error.kind !== 'other'
}

/** Whether all calls fail until somebody gives the rights, or makes or mends the table. */
export function isLasting({ kind }: SessionStoreError): boolean {
  return kind === 'missing-table' || refusals.has(kind)
}

/**
 * A copy for one caller of an error that others may get as well: what an application adds to its
 * own shows in no other request.
 */
export function ownError(error: unknown): unknown {
  if (error instanceof SessionStoreError)
    return copied(error, new SessionStoreError({ code: error.code, message: '' }))
  return error instanceof TypeError ? copied(error, new TypeError()) : error
}

function copied<Failure extends Error>(error: Failure, own: Failure): Failure {
  const { message, stack, cause } = error
  Object.assign(own, error).message = message
  if (stack !== undefined) own.stack = stack
  if (cause instanceof Error) {
    const value = cause instanceof SessionStoreError ? ownError(cause) : copied(cause, new Error())
    Object.defineProperty(own, 'cause', { value, writable: true, configurable: true })
  }
  return own
}

/** What a call of a store that is closed hears. */
export function storeClosed(): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_CLOSED',
    message: 'the store is closed; make a new one',
  })
}

/**
 * A wrong option: a `TypeError` with code `ERR_INVALID_OPTION` that names the option and says what
 * is expected.
 */
export function invalidOption(option: string, problem: string): TypeError {
  const code = 'ERR_INVALID_OPTION'
  return Object.assign(new TypeError(withHelp(`option \`${option}\`: ${problem}`, code)), { code })
}

/** Where the pages are. */
export const pages = 'https://github.com/knex-session/knex-session/blob/main/docs/'

/** On a line of its own, because a message may end with a statement to copy. */
function withHelp(message: string, code: SessionStoreErrorCode): string {
  return `[knex-session] ${message}\nSee ${pages}errors.md#${code.toLowerCase()}`
}

/** The message of an error with a note behind it, or on a line below statements to copy. */
export function withNote({ message }: Error, note: string): string {
  const [text = '', help] = message.split('\nSee ')
  const space = text.includes('\n') ? '\n' : ' '
  return `${text}${space}(${note}${help === undefined ? '' : `; ${help}`})`
}

/**
 * The name of what was thrown, with its article, for messages that must not quote its text.
 */
export function nameOfError(thrown: unknown): string {
  try {
    const name = (thrown as { name?: unknown } | undefined)?.name
    if (typeof name !== 'string' || !/^\w{1,40}$/.test(name)) return 'an error'
    return withArticle(name)
  } catch {
    return 'an error'
  }
}

/**
 * The candidate that is the fewest edits away from `name`, or `undefined` when none is close enough
 * to be a typing error.
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(name.length / 3))
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: editDistance(name, candidate) }))
    .filter(({ edits }) => edits <= most)
    .sort((one, other) => one.edits - other.edits)
  return best?.candidate
}

/** The name of a class with its article. */
export function withArticle(name: string): string {
  return `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`
}

/** Levenshtein distance: insertions, deletions and replacements of one character, in any case. */
function editDistance(one: string, other: string): number {
  const [from, to] = [one.toLowerCase(), other.toLowerCase()]
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[to.length] ?? 0
}
