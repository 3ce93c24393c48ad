import type { DialectAdapter, ErrorKind } from '../dialect/index.js'
import { SessionStoreError, type SessionStoreErrorCode } from '../errors.js'
import { isErrorLike, textOf, type FailedWork } from './error-text.js'

export type { TableWork } from './error-text.js'

const codeOfKind: Readonly<Partial<Record<ErrorKind, SessionStoreErrorCode>>> = {
  connection: 'ERR_CONNECTION',
  'login-refused': 'ERR_CONNECTION',
  'missing-table': 'ERR_TABLE_MISSING',
  'sid-taken': 'ERR_SID_TAKEN',
  'sid-impossible': 'ERR_INVALID_SID',
}

/**
 * Turns whatever knex or a driver threw into a {@link SessionStoreError}. Its `cause` is a new
 * error with the driver's name and codes, and its text where that met no row; the original is not
 * kept, because knex writes the statement with all its values into the message and drivers quote
 * values too.
 */
export function databaseError(thrown: unknown, failed: FailedWork): SessionStoreError {
  if (thrown instanceof SessionStoreError) return thrown
  const { adapter, table, work, isUnderWay = false } = failed
  const late = isKnexTimeout(thrown)
  const kind = late ? 'connection' : adapter.classify(thrown, table)
  const databaseCode = databaseCodeOf(thrown, adapter)
  const text = late ? (thrown as Error).message : textOf(thrown, kind, failed)
  return new SessionStoreError({
    code: late ? 'ERR_TIMEOUT' : (codeOfKind[kind] ?? 'ERR_DATABASE'),
    kind,
    dialect: adapter.name,
    message: `${work} failed${databaseCode === undefined ? '' : ` (${String(databaseCode)})`}: ${text}`,
    cause: redactedCause(thrown, text),
    lostUnderWay: isUnderWay && kind === 'connection' && !late && !isOfServer(thrown),
    whileConnecting: work === 'connecting to the database',
    ...(databaseCode === undefined ? {} : { databaseCode }),
  })
}

/**
 * Servers send a severity (PostgreSQL) or an SQLSTATE; MariaDB's connector gives its own errors
 * that of a lost connection.
 */
function isOfServer(thrown: unknown): boolean {
  const { severity, sqlState } = (thrown ?? {}) as Record<string, unknown>
  return (
    typeof severity === 'string' || (typeof sqlState === 'string' && !sqlState.startsWith('08'))
  )
}

/** knex gave up waiting: for a connection of the pool, or for the answer to a statement. */
function isKnexTimeout(thrown: unknown): boolean {
  return isErrorLike(thrown) && thrown.name === 'KnexTimeoutError'
}

function databaseCodeOf(thrown: unknown, adapter: DialectAdapter): string | number | undefined {
  const { code, errorNum, number, errno } = (thrown ?? {}) as Record<string, unknown>
  const usable = [adapter.server?.errorCode?.(thrown), code, errorNum, number, errno].find(
    (value) => isCode(value),
  )
  return usable as string | number | undefined
}

/** Codes are short words or numbers; anything longer may be text of a driver that quotes values. */
function isCode(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^[\w-]{1,64}$/.test(value))
}

function redactedCause(thrown: unknown, text: string): Error {
  const cause = new Error(text)
  if (!isErrorLike(thrown)) return cause
  cause.name = isCode(thrown.name) ? thrown.name : 'Error'
  const fields = thrown as unknown as Record<string, unknown>
  for (const field of [
    'code',
    'errno',
    'errorNum',
    'number',
    'sqlState',
    'severity',
    'syscall',
    'address',
    'port',
  ] as const) {
    const value = fields[field]
    if (isCode(value) || (field === 'address' && typeof value === 'string'))
      Object.assign(cause, { [field]: value })
  }
  // Its own stack, not the driver's, which begins with the message: a value there may look like a
  // frame.
  cause.stack = `${cause.name}: ${text}${framesOf(cause)}`
  return cause
}

/** The frames of an error of this file's, whose text has been redacted. */
function framesOf({ stack = '' }: Error): string {
  const first = stack.indexOf('\n    at ')
  return first === -1 ? '' : stack.slice(first)
}
