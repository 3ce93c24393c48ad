import { appendFileSync } from 'node:fs'

/**
 * What a run learnt about a database, for the report that `npm test` ends with.
 * @typedef {object} Fact
 * @property {string} database
 * @property {string} [server] what the server says it is
 * @property {'private' | 'given' | 'embedded'} [origin]
 * @property {number} [work] how much the server counted during the run
 * @property {string} [unit] what it counted
 * @property {string} [tests] how many tests passed, where jest did not count them
 */

/**
 * What a fault test counted, as text.
 * @typedef {{ readonly figures: string }} Figures
 */

/**
 * Keeps a fact for the report. Figures are printed at once where no report will be made.
 * @param {Fact | Figures} fact
 */
export const record = (fact) => {
  const file = process.env['KNEX_SESSION_FACTS']
  if (file !== undefined) appendFileSync(file, JSON.stringify(fact) + '\n')
  else if ('figures' in fact) process.stderr.write(`${fact.figures}\n`)
}
