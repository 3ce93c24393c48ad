import { median } from '../report/statistics.mjs'
import { databases, whole } from '../report/tables.mjs'
import { leastRounds, limit } from './verdict.mjs'

/** @typedef {import('./verdict.mjs').Verdict} Verdict */

/**
 * @param {readonly import('./compare.mjs').Compared[]} compared
 * @param {readonly Verdict[]} verdicts of them
 * @returns {import('../report/tables.mjs').TableData}
 */
export function comparisonTable(compared, verdicts) {
  const rows = compared.map(({ cell, old, now, ratios }, index) => {
    const { median: ratio, low, high, verdict } = verdicts[index]
    const spread = ratios.length < leastRounds ? '' : `${low.toFixed(3)}–${high.toFixed(3)}`
    const range = `${Math.min(...ratios).toFixed(3)}–${Math.max(...ratios).toFixed(3)}`
    return [
      textOf(cell),
      whole(median(old)),
      whole(median(now)),
      ratio.toFixed(3),
      spread,
      range,
      String(ratios.length),
      verdict,
    ]
  })
  return {
    title: `New to old; per second, medians. A cell fails when its whole spread is below ${limit}.`,
    head: ['', 'old', 'new', 'new/old', 'spread', 'least–greatest', 'rounds', ''],
    rows,
  }
}

/**
 * How many cells pass, and which do not. @param {readonly import('./compare.mjs').Compared[]}
 * compared @param {readonly Verdict[]} verdicts
 */
export function summaryOf(compared, verdicts) {
  const named = (wanted) =>
    compared
      .filter((_, index) => verdicts[index].verdict === wanted)
      .map(({ cell }) => textOf(cell))
  const [fails, unclear] = [named('fails'), named('unclear')]
  return [
    `${compared.length - fails.length - unclear.length} of ${compared.length} cells pass`,
    ...(fails.length > 0
      ? [`${fails.length} ${fails.length === 1 ? 'fails' : 'fail'}: ${fails.join('; ')}`]
      : []),
    ...(unclear.length > 0 ? [`${unclear.length} unclear: ${unclear.join('; ')}`] : []),
  ].join('\n')
}

function textOf({ suite, database, workload, callers, route, connections }) {
  const what =
    suite === 'http'
      ? `HTTP ${route}, ${connections} connections`
      : `${workload}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`
  return `${databases[database]} ${what}`
}
