import type { ErrorKind, SessionTable } from '@knex-session/core/dialect'

/**
 * Result codes (docs, "Result and Error Codes"). better-sqlite3 gives extended ones
 * (`SQLITE_BUSY_SNAPSHOT`), sqlite3 primary ones (`SQLITE_BUSY`). A file that cannot be opened,
 * read or written is not a lost connection: it needs the operator, not another try. One that was
 * deleted or moved away under a connection is: the next connection opens it anew.
 */
const kinds: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ['SQLITE_BUSY', 'retryable'],
  ['SQLITE_LOCKED', 'retryable'],
  ['SQLITE_PROTOCOL', 'retryable'],
  ['SQLITE_SCHEMA', 'retryable'],
  // An authorizer does not allow the statement.
  ['SQLITE_AUTH', 'unsupported'],
  ['SQLITE_ERROR_MISSING_COLLSEQ', 'unsupported'],
  ['SQLITE_READONLY_DBMOVED', 'connection'],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'duplicate'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'duplicate'],
])

/**
 * Where one code stands for many mistakes the message decides: `SQLITE_ERROR` for a missing table
 * and every error in SQL, and with the driver sqlite3, which gives no extended codes,
 * `SQLITE_CONSTRAINT` for every constraint. knex writes the statement with its values before the
 * message. There a value is followed by a single quote, so what follows here must hold none: no
 * session can imitate it.
 */
const messages: readonly {
  readonly code: string
  readonly message: RegExp
  readonly kind: ErrorKind
}[] = [
  { code: 'SQLITE_ERROR', message: /(?:^|: | - )no such table: [^']+$/, kind: 'missing-table' },
  {
    code: 'SQLITE_ERROR',
    message: /(?:^|: | - )(?:table|index) [^']+ already exists$/,
    kind: 'already-exists',
  },
  // What an older SQLite does not know: `returning` (3.35), `update … from` (3.33), the functions
  // of JSON.
  { code: 'SQLITE_ERROR', message: /(?:^|: | - )near "[^']*": syntax error$/, kind: 'unsupported' },
  {
    code: 'SQLITE_ERROR',
    message: /(?:^|: | - )no such (?:function|collation sequence): [^']+$/,
    kind: 'unsupported',
  },
  // What `upsert` has happen to a row that would replace another session's.
  { code: 'SQLITE_ERROR', message: /(?:^|: | - )integer overflow$/, kind: 'sid-taken' },
  {
    code: 'SQLITE_CONSTRAINT',
    message: /(?:^|: | - )UNIQUE constraint failed: [^']+$/,
    kind: 'duplicate',
  },
]

/** Says what an error of `better-sqlite3` or `sqlite3` means. */
export function classify(error: unknown, table?: SessionTable): ErrorKind {
  if (typeof error !== 'object' || error === null) return 'other'
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  if (typeof code !== 'string') return 'other'
  const text = typeof message === 'string' ? message : ''
  const kind =
    kinds.get(code) ??
    kinds.get(/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? '') ??
    messages.find((each) => each.code === code && each.message.test(text))?.kind ??
    'other'
  return kind === 'duplicate' && table && !isKeyOfSid(text, table) ? 'sid-taken' : kind
}

/**
 * Whether a unique key that is violated is the one of the session id: others do not pass by trying
 * again.
 */
function isKeyOfSid(text: string, { column }: SessionTable): boolean {
  const columns = text.slice(text.lastIndexOf('constraint failed: ')).split(', ')
  return columns.length === 1 && columns[0]?.endsWith(`.${column.sid.name}`) === true
}
