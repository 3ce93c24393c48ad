import { checkDriverVersion } from './driver-version.js'

/** The part of a better-sqlite3 database that is needed to set it up. */
interface Pragmas {
  pragma(source: string): unknown
}

/**
 * The knex configuration of a store that is given no `knex`: better-sqlite3, which must be
 * installed, on `connect-session-knex.sqlite` in the working directory. One connection, since
 * better-sqlite3 runs every statement to its end on the calling thread. Other processes may use the
 * file: readers never wait for the writer (write-ahead log), and writers wait for each other for up
 * to 5 s. A second without work closes the connection, because one that is open keeps the pool's
 * timer, and so the process, alive. With `synchronous=normal` a crash of the machine may undo the
 * last commits, but never harms the file; a crash of the process undoes none. Throws where
 * better-sqlite3 asks for a newer Node.js than this one.
 */
export function embedded(): Readonly<Record<string, unknown>> {
  checkDriverVersion()
  return {
    client: 'better-sqlite3',
    connection: { filename: 'connect-session-knex.sqlite' },
    useNullAsDefault: true,
    pool: { min: 0, max: 1, idleTimeoutMillis: 1_000, reapIntervalMillis: 500, afterCreate },
  }
}

/** The wait is set first: turning the write-ahead log on needs the file's lock. */
function afterCreate(database: Pragmas, done: (error: unknown, database: Pragmas) => void): void {
  try {
    for (const setting of ['busy_timeout = 5000', 'journal_mode = wal', 'synchronous = normal'])
      database.pragma(setting)
    done(null, database)
  } catch (error) {
    done(error, database)
  }
}
