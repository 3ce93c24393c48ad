import { medianInterval } from '../report/statistics.mjs'

/** The least ratio, new to old, that a cell may have: what two equal trees differ by is less. */
export const limit = 0.97

/** No interval of fewer ratios is sure enough to fail by. */
export const leastRounds = 6

/**
 * What a cell's rounds say.
 * @typedef {object} Verdict
 * @property {number} median of the ratios
 * @property {number} low of the interval around it
 * @property {number} high
 * @property {'passes' | 'fails' | 'unclear'} verdict
 */

/**
 * New to old in one round. The samples were taken in turns, so what slows the machine down for a
 * while slows both.
 * @param {readonly number[]} old calls or requests per second
 * @param {readonly number[]} now as many
 */
export const ratioOf = (old, now) => (sum(now) === sum(old) ? 1 : sum(now) / sum(old))

/** @param {readonly number[]} ratios one for each round @returns {Verdict} */
export function judge(ratios) {
  const { median, low, high } = medianInterval(ratios)
  if (median >= limit) return { median, low, high, verdict: 'passes' }
  return { median, low, high, verdict: high < limit ? 'fails' : 'unclear' }
}

/** How many further rounds an unclear cell gets. @param {number} rounds that it had */
export const furtherRounds = (rounds) => Math.max(rounds, leastRounds - rounds)

/** @param {readonly Verdict[]} verdicts @returns {number} 1 when a cell fails, else 0 */
export const exitCodeOf = (verdicts) =>
  verdicts.some(({ verdict }) => verdict === 'fails') ? 1 : 0

/** @param {readonly number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0)
