import { setTimeout } from 'node:timers/promises'
import { openDatabase } from './database.mjs'

/**
 * Takes the database away for a while: a second connection holds an exclusive lock on the file, so
 * that nobody can read or write it. Resolves as soon as it is gone; `back` resolves when it is there
 * again.
 * @param {string} file
 * @param {number} ms
 */
export const takeAway = async (file, ms) => {
  const knex = openDatabase(file)
  const close = async () => {
    await knex.destroy()
  }
  try {
    await knex.raw('begin exclusive')
  } catch (error) {
    await close()
    throw error
  }
  const giveBack = async () => {
    await setTimeout(ms)
    await knex.raw('rollback')
    await close()
  }
  return { back: giveBack() }
}
