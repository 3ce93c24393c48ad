import { spread } from './statistics.mjs'

const names = { postgres: 'PostgreSQL', mariadb: 'MariaDB', sqlite: 'SQLite' }
const isStoreOnSql = ({ contender, database }) =>
  database in names && !contender.includes(', prepared') && !contender.startsWith('knex-session')

/**
 * Where another store on the same database was faster than ours, by the median of the ratios of
 * each repeat.
 * @param {readonly any[]} cells
 * @returns {readonly { text: string, ratio: number }[]} ours to theirs, the lowest first
 */
export function behind(cells) {
  return cells
    .filter((cell) => (cell.suite === 'calls' || cell.suite === 'http') && isStoreOnSql(cell))
    .flatMap((theirs) => {
      const ours = cells.find(
        (cell) => cell.contender === 'knex-session' && placeOf(cell) === placeOf(theirs),
      )
      if (!ours) return []
      const { median } = spread(
        ours.samples.map((sample, repeat) => rateOf(sample) / rateOf(theirs.samples[repeat])),
      )
      return median < 1 ? [{ text: describe(theirs), ratio: median }] : []
    })
    .toSorted((one, other) => one.ratio - other.ratio)
}

const placeOf = ({ suite, database, workload, callers, size, route, connections }) =>
  [suite, database, workload, callers, size, route, connections].join('/')

const rateOf = (sample) => (typeof sample === 'number' ? sample : sample.rate)

function describe({ suite, database, contender, workload, callers, size, route, connections }) {
  const place =
    suite === 'http'
      ? `HTTP ${route}, ${connections} connections`
      : `${workload}, ${callers} ${callers === 1 ? 'caller' : 'callers'}, sessions of ${size} bytes`
  return `${names[database]} ${place}: ${contender}`
}
