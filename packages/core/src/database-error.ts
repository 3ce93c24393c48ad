import type { DialectAdapter, ErrorKind, SessionTable } from './dialect/adapter.js'
import { SessionStoreError, type SessionStoreErrorCode } from './errors.js'

/** What the store was doing when the database failed. */
export interface FailedWork {
  readonly adapter: DialectAdapter
  readonly table: SessionTable
  /** For the message, for example `reading sessions`. */
  readonly work: string
}

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
  const text = textOf(thrown, kind, table)
  return new SessionStoreError({
    code: late ? 'ERR_TIMEOUT' : (codeOfKind[kind] ?? 'ERR_DATABASE'),
    kind,
    dialect: adapter.name,
    message: `${work} failed${databaseCode === undefined ? '' : ` (${String(databaseCode)})`}: ${text}`,
    cause: redactedCause(thrown, text),
    ...(databaseCode === undefined ? {} : { databaseCode }),
  })
}

function textOf(thrown: unknown, kind: ErrorKind, table: SessionTable): string {
  const column = `the column '${table.column.sid.name}'`
  if (kind === 'sid-taken') {
    return `the collation of ${column} takes the session id for that of another session, which was left alone; give it a binary collation`
  }
  if (kind === 'sid-impossible') {
    return `${column} or the connection cannot hold the session id; give both a character set that has every character, and the column room for 255`
  }
  if (isApplicationText(thrown)) return 'code of the application in the database raised it (its text is left out)'
  return redactedText(thrown, table)
}

/**
 * Whether the text was written by the application, in a trigger for example, and may quote what it likes: SQLSTATE P0001 and 45000 (raise,
 * signal), MySQL's 1644, SQL Server's numbers from 50,000, ORA-20000 to ORA-20999, SQLite's `raise`.
 */
function isApplicationText(thrown: unknown): boolean {
  const { code, sqlState, errno, number, errorNum } = (thrown ?? {}) as Record<string, unknown>
  if (code === 'P0001' || sqlState === '45000' || errno === 1644 || code === 'SQLITE_CONSTRAINT_TRIGGER') return true
  return (typeof number === 'number' && number >= 50_000) || (typeof errorNum === 'number' && errorNum >= 20_000 && errorNum < 21_000)
}

/** knex gave up waiting: for a connection of the pool, or for the answer to a statement. */
export function isKnexTimeout(thrown: unknown): boolean {
  return isErrorLike(thrown) && thrown.name === 'KnexTimeoutError'
}

/** Not `instanceof`: errors of native drivers, and of other realms, have another `Error` behind them. */
function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && typeof (thrown as Partial<Error>).message === 'string'
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

/** What a message of knex begins with: the statement, its quotes in pairs, and ` - `. */
const statement = /^(?:select|insert|update|delete|merge|with|begin|declare|set|create)\b(?:[^'"`]|'[^']*'|"[^"]*"|`[^`]*`)*? - /i

/**
 * The driver's own text without values. Databases quote the values they complain about, or put them in parentheses: everything from the first
 * quote to the last is dropped, whatever it holds, unless it is a name of the table or of a column.
 */
function redactedText(thrown: unknown, table: SessionTable): string {
  if (!isErrorLike(thrown)) return 'the driver gave no reason'
  const { sqlMessage } = thrown as { sqlMessage?: unknown }
  const message = typeof sqlMessage === 'string' ? sqlMessage : thrown.message.replace(statement, '')
  const names = new Set([table.tableName, table.schemaName, ...table.columns.map((column) => column.name)])
  const text = message
    .replace(/(["'`])(.*)\1/gs, (_, quote: string, inside: string) => quotedNames(inside, quote, names))
    .replace(/\(.*\)/gs, '(…)')
    // What began in a part that was cut off.
    .replace(/^[^(]*\)/s, '…)')
  return (text.split(/[\r\n]/, 1)[0] ?? '').slice(0, 300)
}

/** Keeps a quoted text that is one known name, alone or behind a database or schema (`shop.sessions`, quoted as a whole or in parts). */
function quotedNames(inside: string, quote: string, names: ReadonlySet<string | undefined>): string {
  const whole = inside.replace(`${quote}.${quote}`, '.')
  const plain = whole.startsWith(quote) ? whole.slice(1) : whole
  if (names.has(plain)) return `${quote}${plain}${quote}`
  const lastName = plain.slice(plain.indexOf('.') + 1)
  return /^[\w$]{1,64}\./.test(plain) && names.has(lastName) ? `${quote}${plain}${quote}` : `${quote}…${quote}`
}
