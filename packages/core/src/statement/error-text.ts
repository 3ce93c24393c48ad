import type { DialectAdapter, ErrorKind, SessionTable } from '../dialect/index.js'
import { nameOf } from '../dialect/table.js'
import { refusals } from '../errors.js'

/**
 * Work that has no value of a session and meets no row: whatever the database says of it is no
 * secret.
 */
const worksWithoutRows = [
  'connecting to the database',
  'looking for the session table',
  'asking the server for its version',
  'asking whether statements are committed',
  'asking for the rights on the session table',
  'creating the session table',
  'adding columns to the session table',
  'dropping the session table',
] as const
type WorkWithoutRows = (typeof worksWithoutRows)[number]

/** What the store asks of the database, for messages. */
export type TableWork =
  | WorkWithoutRows
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
  /** The database's file, where it is one. */
  readonly file?: string | undefined
  /** Whether a statement was under way. Default: false. */
  readonly isUnderWay?: boolean
}

/** Why the database failed, without any value of a session, and what to do. */
export function textOf(
  thrown: unknown,
  kind: ErrorKind,
  { adapter, table, work, file }: FailedWork,
): string {
  if (!meetsNoRow(work)) return sentenceOf(thrown, kind, table)
  const todo = refusals.has(kind) ? advice[work]?.(table, adapter) : undefined
  return `${wholeText(thrown)}${file === undefined ? '' : ` (file '${file}')`}${todo === undefined ? '' : `; ${todo}`}`
}

function meetsNoRow(work: TableWork): work is WorkWithoutRows {
  return (worksWithoutRows as readonly TableWork[]).includes(work)
}

/**
 * Not `instanceof`: errors of native drivers, and of other realms, have another `Error` behind
 * them.
 */
export function isErrorLike(thrown: unknown): thrown is Error {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    typeof (thrown as Partial<Error>).message === 'string'
  )
}

/** What to do about an error that is no outage, where the text of the server is no advice. */
const advice: Readonly<
  Partial<Record<WorkWithoutRows, (table: SessionTable, adapter: DialectAdapter) => string>>
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

/** What a message of knex begins with: the statement, its quotes in pairs, and ` - `. */
const statement =
  /^(?:select|insert|update|delete|merge|with|begin|declare|set|create)\b(?:[^'"`]|'[^']*'|"[^"]*"|`[^`]*`)*? - /i

/** The longest text of a driver that is kept, in characters. */
const longest = 500

/**
 * The first line of what the driver or the server said, without the statement that knex puts before
 * it. Only for what met no row and had no value of a session: nothing is taken out of it.
 */
function wholeText(thrown: unknown): string {
  const line = (serverText(thrown).split(/[\r\n]/, 1)[0] ?? '').slice(0, longest)
  return line === '' ? 'the driver gave no reason' : line
}

/**
 * What the error of a statement on rows means, in a fixed sentence. Nothing of the driver's text is
 * in it: databases quote values in as many ways as they have languages, and triggers write what
 * they like. Only the names of the table and its columns are told from it.
 */
function sentenceOf(thrown: unknown, kind: ErrorKind, table: SessionTable): string {
  const sentence = sentences[kind]
  if (sentence) return sentence(table)
  const words = new Set(serverText(thrown).split(/[\s"'`´()[\].,:;«»„“”‚‘’]+/))
  const named = [table.tableName, ...table.columns.map(({ name }) => name)].filter((name) =>
    words.has(name),
  )
  const about = named.length === 0 ? '' : ` and names '${named.join(`', '`)}'`
  return `the database refused it${about}; its text may quote a session and is left out: see the database's log`
}

const sentences: Readonly<Record<ErrorKind, ((table: SessionTable) => string) | undefined>> = {
  other: undefined,
  retryable: () => 'other clients were in its way each time',
  locked: () => 'it waited for a lock of another client',
  duplicate: () => 'a unique key of the table has the value already',
  'already-exists': () => 'it is there already',
  'sid-taken': ({ column }) =>
    `a unique key takes the session for another one, which was not changed: give the column '${column.sid.name}' a binary collation, and the table no further unique key`,
  'sid-impossible': ({ column }) =>
    `the column '${column.sid.name}' or the connection cannot hold the session id${column.userId ? `, or '${column.userId.name}' the id of the user (option \`userId\`)` : ''}: give them a character set of all Unicode, ` +
    'and the column room for 255 characters; a column of the type uuid holds only uuids in lower case',
  'missing-table': (table) => `there is no table ${nameOf(table)}`,
  connection: () => 'the connection was lost, or the server takes no statements now',
  'login-refused': () => 'the server refuses the log-in: check user and password',
  'access-denied': (table) =>
    `the database user may not do that with the table ${nameOf(table)}: grant it select, insert, update, delete`,
  policy: (table) =>
    `row-level security of the table ${nameOf(table)} refused the row: give the database user policies for each write and read`,
  'prepared-statement': () =>
    'the server does not know the prepared statement, or another of its name',
  'unusable-connection': () =>
    'a setting of the connection would lose or change what is written: give the store a knex instance without `autocommit = 0`, ' +
    '`implicit_transactions on` and NO_BACKSLASH_ESCAPES (see `pool.afterCreate`)',
  unsupported: () =>
    'the server does not know the statement, or the database user may not use what is in it',
}

function serverText(thrown: unknown): string {
  if (!isErrorLike(thrown)) return ''
  const { sqlMessage, errors } = thrown as { sqlMessage?: unknown; errors?: unknown }
  if (typeof sqlMessage === 'string') return sqlMessage
  // Node.js tries each address of a host, and says nothing but what it met there.
  if (thrown.message === '' && Array.isArray(errors))
    return errors.filter(isErrorLike).map(serverText).join('; ')
  return thrown.message.replace(statement, '')
}
