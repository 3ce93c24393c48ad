import type { ErrorKind } from '@knex-session/core/dialect'

/**
 * Result codes (docs, "Result and Error Codes"). better-sqlite3 gives extended ones (`SQLITE_BUSY_SNAPSHOT`), sqlite3 primary ones
 * (`SQLITE_BUSY`). A file that cannot be opened, read or written is not a lost connection: it needs the operator, not patience.
 */
const kinds: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ['SQLITE_BUSY', 'retryable'],
  ['SQLITE_LOCKED', 'retryable'],
  ['SQLITE_PROTOCOL', 'retryable'],
  ['SQLITE_SCHEMA', 'retryable'],
  ['SQLITE_CONSTRAINT_PRIMARYKEY', 'duplicate'],
  ['SQLITE_CONSTRAINT_UNIQUE', 'duplicate'],
])

/**
 * SQLite has one code, `SQLITE_ERROR`, for a missing table and for every mistake in SQL text: the one place where a message decides.
 * knex writes the statement with its values before the message. There a value is followed by a single quote, so what follows here must
 * hold none: no session can imitate it.
 */
const missingTable = /(?:^|: | - )no such table: [^']+$/

/** Tells what an error of `better-sqlite3` or `sqlite3` means. */
export function classify(error: unknown): ErrorKind {
  if (typeof error !== 'object' || error === null) return 'other'
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  if (typeof code !== 'string') return 'other'
  if (code === 'SQLITE_ERROR') return typeof message === 'string' && missingTable.test(message) ? 'missing-table' : 'other'
  return kinds.get(code) ?? kinds.get(/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? '') ?? 'other'
}
