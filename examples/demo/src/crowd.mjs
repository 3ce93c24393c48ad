import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KnexSessionStore } from '@knex-session/core'
import { Cookie } from 'express-session'
import { openDatabase } from './database.mjs'

/**
 * @typedef {object} Figures
 * @property {number} calls of the store: a `get` and a `set` for each visit
 * @property {number} statements that the database ran for them
 * @property {number} ms
 * @property {number} answered visits
 * @property {number} lost visits that the database does not know when all are answered
 */

/**
 * Sends visits of as many sessions to a store at once: each loads its session, counts, and saves
 * it, as a request does. The database is a file of its own, with the settings for a busy one.
 * @param {object} options
 * @param {number} options.visits
 * @param {false | undefined} options.batch the store's option: false for one statement per call
 * @param {(soFar: Figures) => void} options.onProgress called some times a second
 * @returns {Promise<Figures>}
 */
export const sendCrowd = async ({ visits, batch, onProgress }) => {
  const folder = await mkdtemp(join(tmpdir(), 'knex-session-crowd-'))
  const figures = { calls: 0, statements: 0, ms: 0, answered: 0, lost: 0 }
  const knex = openDatabase(join(folder, 'crowd.sqlite'), {
    pragmas: ['journal_mode = wal', 'synchronous = normal'],
    onStatement: () => figures.statements++,
  })
  const common = { knex, cleanupInterval: 0, timeout: 60_000 }
  const crowd = new KnexSessionStore(common)
  const store = batch === false ? new KnexSessionStore({ ...common, batch }) : crowd
  const ids = Array.from({ length: visits }, () => randomUUID())
  const cookie = Object.assign(new Cookie(), { maxAge: 3_600_000 })
  /** @param {number} visits */
  const session = (visits) => ({ cookie, user: 'visitor', device: 'Unknown browser', visits })

  /** @param {string} id */
  const visit = async (id) => {
    figures.calls++
    const found = await store.get(id)
    figures.calls++
    await store.set(id, session((found?.visits ?? 0) + 1))
    figures.answered++
  }

  /** @type {NodeJS.Timeout | undefined} */
  let timer
  try {
    await Promise.all(ids.map((id) => crowd.set(id, session(0))))
    await store.ready
    figures.statements = 0
    const startedAt = performance.now()
    const soFar = () => ({ ...figures, ms: Math.round(performance.now() - startedAt) })
    timer = setInterval(() => onProgress(soFar()), 50)
    await Promise.all(ids.map(visit))
    const result = soFar()
    const known = (await store.all()).filter((session) => session.visits === 1)
    return { ...result, lost: visits - known.length }
  } finally {
    clearInterval(timer)
    await Promise.all([store.close(), crowd.close()])
    await knex.destroy()
    await rm(folder, { recursive: true })
  }
}
