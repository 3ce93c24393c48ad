import type { DialectAdapter, ErrorKind, SessionTable } from './dialect/adapter.js'
import { isErrorLike, redactedText } from './error-text.js'
import { SessionStoreError, type SessionStoreErrorCode } from './errors.js'

/** What the store asks of the database, for messages. */
export type TableWork =
  | 'looking for the session table'
  | 'asking the server for its version'
  | 'creating the session table'
  | 'reading sessions'
  | 'listing sessions'
  | 'counting sessions'
  | 'looking for sessions'
  | 'looking for locks'
  | 'writing sessions'
  | 'touching sessions'
  | 'destroying sessions'
  | 'clearing sessions'
  | 'pruning sessions'
  | 'looking for expired sessions'

/** What the store was doing when the database failed. */
export interface FailedWork {
  readonly adapter: DialectAdapter
  readonly table: SessionTable
  readonly work: TableWork
}

/** Statements that have no value of a session and meet no row: whatever the database says of one is no secret. */
const meetsNoRow: ReadonlySet<TableWork> = new Set<TableWork>([
  'looking for the session table',
  'asking the server for its version',
  'creating the session table',
])

const codeOfKind: Readonly<Partial<Record<ErrorKind, SessionStoreErrorCode>>> = {
  connection: 'ERR_CONNECTION',
  'missing-table': 'ERR_TABLE_MISSING',
  'sid-taken': 'ERR_SID_TAKEN',
  'sid-impossible': 'ERR_INVALID_SID',
}

/**
 * Turns whatever knex or a driver threw into a {@link SessionStoreError}. Its `cause` is a new error with the driver's name and codes;
 * the original is not kept, because knex writes the statement with all its values into the message and drivers quote values too.
 */
export function databaseError(thrown: unknown, { adapter, table, work }: FailedWork): SessionStoreError {
  if (thrown instanceof SessionStoreError) return thrown
  const late = isKnexTimeout(thrown)
  const kind = late ? 'connection' : adapter.classify(thrown, table)
  const databaseCode = databaseCodeOf(thrown)
  const text = textOf(thrown, kind, { table, work })
  return new SessionStoreError({
    code: late ? 'ERR_TIMEOUT' : (codeOfKind[kind] ?? 'ERR_DATABASE'),
    kind,
    dialect: adapter.name,
    message: `${work} failed${databaseCode === undefined ? '' : ` (${String(databaseCode)})`}: ${text}`,
    cause: redactedCause(thrown, text),
    ...(databaseCode === undefined ? {} : { databaseCode }),
  })
}

function textOf(thrown: unknown, kind: ErrorKind, { table, work }: Omit<FailedWork, 'adapter'>): string {
  const column = `the column '${table.column.sid.name}'`
  if (kind === 'sid-taken') {
    return (
      'a unique key of the table takes the session for another one, which was left alone: ' +
      `give ${column} a binary collation, and the table no unique key but the primary one`
    )
  }
  if (kind === 'sid-impossible') {
    return (
      `${column}, the database or the connection cannot hold the session id; ` +
      'give all of them a character set that has every character, and the column room for 255'
    )
  }
  if (isApplicationText(thrown)) return 'code of the application in the database raised it (its text is left out)'
  if (isKnexTimeout(thrown)) return (thrown as Error).message
  return redactedText(thrown, table, { mayQuote: !meetsNoRow.has(work) })
}

/**
 * Whether the text was written by the application, in a trigger for example, and may quote what it likes: SQLSTATE P0001 and 45000 (raise,
 * signal) and whatever else PL/pgSQL's `raise` raised, MySQL's 1644, SQL Server's numbers from 50,000, ORA-20000 to ORA-20999, SQLite's
 * `raise`. Not all can be told: `signal` may take any number.
 */
function isApplicationText(thrown: unknown): boolean {
  const { code, sqlState, errno, number, errorNum, routine } = (thrown ?? {}) as Record<string, unknown>
  if (code === 'P0001' || sqlState === '45000' || errno === 1644 || code === 'SQLITE_CONSTRAINT_TRIGGER') return true
  if (routine === 'exec_stmt_raise') return true
  return (typeof number === 'number' && number >= 50_000) || (typeof errorNum === 'number' && errorNum >= 20_000 && errorNum < 21_000)
}

/** knex gave up waiting: for a connection of the pool, or for the answer to a statement. */
export function isKnexTimeout(thrown: unknown): boolean {
  return isErrorLike(thrown) && thrown.name === 'KnexTimeoutError'
}

function databaseCodeOf(thrown: unknown): string | number | undefined {
  const { code, errorNum, number, errno } = (thrown ?? {}) as Record<string, unknown>
  const usable = [code, errorNum, number, errno].find((value) => isCode(value))
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
  for (const field of ['code', 'errno', 'errorNum', 'number', 'sqlState', 'severity', 'syscall', 'address', 'port'] as const) {
    const value = fields[field]
    if (isCode(value) || (field === 'address' && typeof value === 'string')) Object.assign(cause, { [field]: value })
  }
  // Its own stack, not the driver's, which begins with the message: a value there may look like a frame.
  cause.stack = `${cause.name}: ${text}${framesOf(cause)}`
  return cause
}

/** The frames of an error of this file's, whose text has been redacted. */
function framesOf({ stack = '' }: Error): string {
  const first = stack.indexOf('\n    at ')
  return first === -1 ? '' : stack.slice(first)
}
