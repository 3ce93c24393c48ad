import { KnexSessionStore, mergeTopLevel } from '@knex-session/core'
import '@knex-session/dialect-sqlite'
import { openDatabase } from './database.mjs'

/**
 * Opens the sessions kept in an SQLite file, which is made if it is missing. Rejects when the file
 * cannot be used.
 * @param {string} file
 */
export const openSessions = async (file) => {
  const knex = openDatabase(file)
  const store = new KnexSessionStore({
    knex,
    // Whose a session is: the store can then list and end the sessions of a user.
    userId: (session) => session.user,
    // Two requests of one browser at the same time: both visits count.
    onConflict: (base, mine, theirs) => ({
      ...mergeTopLevel(base, mine, theirs),
      visits: (theirs.visits ?? 0) + (mine.visits ?? 0) - (base.visits ?? 0),
    }),
  })

  /** The store does not close what it did not open, so the database is closed after it. */
  const close = async () => {
    await store.close()
    await knex.destroy()
  }

  try {
    // No call needs this. Waiting for it here makes a file that cannot be used known at the start,
    // and not at the first request.
    await store.ready
  } catch (error) {
    await close()
    throw error
  }
  return { store, close }
}
