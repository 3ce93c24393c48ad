import { statSync } from 'node:fs'

/**
 * A row of `pragma database_list` (docs, "PRAGMA Statements"): an absolute path, or nothing for a
 * database in memory.
 */
export interface ListedDatabase {
  readonly name: string
  readonly file: string | null
}

/** The pragma that lists which files a connection has open. */
export const databaseList = 'database_list'

/**
 * The least time between two looks, in ms: one takes a microsecond, a tenth of a short statement.
 * So much is lost at most of what was acknowledged after the file was deleted.
 */
export const betweenLooks = 10

/** A connection as knex marks it for its pool to drop. */
interface Disposable {
  __knex__disposed?: unknown
}

/**
 * The file that a connection has open. SQLite looks before a write with a rollback journal whether
 * it is still the one of its name (`SQLITE_FCNTL_HAS_MOVED`), but not with a write-ahead log, and
 * goes on in a file that nobody else will ever see.
 */
export class OpenedFile {
  readonly #connection: object
  readonly #path: string
  readonly #place: string | undefined
  #looked = -Infinity

  constructor(connection: object, databases: unknown) {
    const all = Array.isArray(databases) ? Array.from<ListedDatabase>(databases) : []
    this.#connection = connection
    this.#path = all.find(({ name }) => name === 'main')?.file ?? ''
    // What is in memory has no file, and what another kind of storage (a VFS) calls one need not be
    // there.
    this.#place = this.#path === '' ? undefined : placeOf(this.#path)
  }

  /**
   * Throws what SQLite would for a file that was deleted, moved or replaced, and has the pool drop
   * the connection: only another opens the one that is there now. To be called after a statement
   * and before its outcome is told, so that after a while without statements none is acknowledged
   * that nobody can read. `atOnce`: whether to look even if that was done a moment ago, as after a
   * failure. Default: no.
   */
  check(atOnce = false): void {
    if (this.#place === undefined) return
    const now = performance.now()
    if (!atOnce && now - this.#looked < betweenLooks) return
    this.#looked = now
    if (placeOf(this.#path) === this.#place) return
    const error = moved()
    ;(this.#connection as Disposable).__knex__disposed ??= error
    throw error
  }
}

/** What no two files have in common that are there at the same time. */
function placeOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${String(found.dev)}:${String(found.ino)}`
}

/** The code is SQLite's own, so that the error is taken for the same. */
function moved(): Error {
  const message = 'the file of the database was deleted, moved or replaced'
  return Object.assign(new Error(message), { code: 'SQLITE_READONLY_DBMOVED' as const })
}
