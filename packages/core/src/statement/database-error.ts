import type { DialectAdapter, ErrorKind, SessionTable } from '../dialect/index.js'
import { nameOf } from '../dialect/table.js'
import { isErrorLike, sentenceOf, wholeText } from './error-text.js'
import { refusals, SessionStoreError, type SessionStoreErrorCode } from '../errors.js'

/** What the store asks of the database, for messages. */
export type TableWork =
  | 'connecting to the database'
  | 'looking for the session table'
  | 'asking the server for its version'
  | 'asking whether statements are committed'
  | 'asking for the rights on the session table'
  | 'creating the session table'
  | 'adding columns to the session table'
  | 'dropping the session table'
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
interface FailedWork {
  readonly adapter: DialectAdapter
  readonly table: SessionTable
  readonly work: TableWork
  /** The database's file, where it is one. */
  readonly file?: string | undefined
  /** Whether a statement was under way. Default: false. */
  readonly isUnderWay?: boolean
}

/**
 * Work that has no value of a session and meets no row: whatever the database says of it is no
 * secret.
 */
const meetsNoRow: ReadonlySet<TableWork> = new Set<TableWork>([
  'connecting to the database',
  'looking for the session table',
  'asking the server for its version',
  'asking whether statements are committed',
  'asking for the rights on the session table',
  'creating the session table',
  'adding columns to the session table',
  'dropping the session table',
])

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
export function databaseError(
  thrown: unknown,
  { adapter, table, work, file, isUnderWay = false }: FailedWork,
): SessionStoreError {
  if (thrown instanceof SessionStoreError) return thrown
  const late = isKnexTimeout(thrown)
  const kind = late ? 'connection' : adapter.classify(thrown, table)
  const databaseCode = databaseCodeOf(thrown, adapter)
  const text = textOf(thrown, kind, { adapter, table, work, file })
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

/** What to do about an error that is no outage, where the text of the server is no advice. */
const advice: Readonly<
  Partial<Record<TableWork, (table: SessionTable, adapter: DialectAdapter) => string>>
> = {
  'connecting to the database': () => 'check the configuration of knex',
  'looking for the session table': (table, adapter) =>
    `the table ${nameOf(table)} must have the columns ${table.columns.map(({ name }) => `'${name}'`).join(', ')}, and the database user the ` +
    `rights to read and write it (${statementsBy(adapter)})`,
  'asking for the rights on the session table': (table) =>
    `grant the database user select, insert, update, delete on the table ${nameOf(table)}`,
  'creating the session table': (_, adapter) =>
    `give the database user the right to create it, or have another one create it (${statementsBy(adapter)}) and set \`createTable: false\``,
}

function statementsBy({ clients }: DialectAdapter): string {
  return `\`npx @knex-session/cli ddl ${clients[0] ?? ''}\` prints the statements`
}

function textOf(
  thrown: unknown,
  kind: ErrorKind,
  { adapter, table, work, file }: FailedWork,
): string {
  if (isKnexTimeout(thrown)) return (thrown as Error).message
  if (!meetsNoRow.has(work)) return sentenceOf(thrown, kind, table)
  const todo = refusals.has(kind) ? advice[work]?.(table, adapter) : undefined
  return `${wholeText(thrown)}${file === undefined ? '' : ` (file '${file}')`}${todo === undefined ? '' : `; ${todo}`}`
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
