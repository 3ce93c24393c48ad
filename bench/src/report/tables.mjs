import { spread } from './statistics.mjs'
import { evaluate } from './targets.mjs'

/** @typedef {{ title: string, head: string[], rows: string[][] }} TableData */

/** The names of the databases. @type {Readonly<Record<string, string>>} */
export const databases = {
  postgres: 'PostgreSQL',
  mariadb: 'MariaDB',
  sqlite: 'SQLite',
  redis: 'Redis',
  memory: 'memory',
}

/** Everything that was measured as tables. @param {any} run @returns {TableData[]} */
export function tablesOf({ cells }) {
  const of = (suite) => cells.filter((cell) => cell.suite === suite)
  return [
    ...callTables(of('calls')),
    breakdownTable(of('breakdown')),
    ...httpTables(of('http')),
    writesTable(of('writes')),
    growthTable(of('growth')),
    pruneTable(of('prune')),
  ].filter(({ rows }) => rows.length > 0)
}

/** The targets with what was measured. @param {any} run @returns {TableData} */
export function targetTable({ cells }) {
  const rows = evaluate(cells).map(
    ({ text, direction, limit, unit, median, min, max, reached }) => [
      text,
      `${direction} ${short(limit)} ${unit}`,
      `${reached || short(median) !== short(limit) ? short(median) : median.toFixed(3)} (${short(min)}–${short(max)})`,
      reached ? 'reached' : 'not reached',
    ],
  )
  return { title: 'Targets', head: ['', 'target', 'measured', ''], rows }
}

/** @param {any} cell */
export const titleOf = ({ contender, database }) =>
  database === 'memory' ? contender : `${contender} (${databases[database]})`

function callTables(cells) {
  return distinct(cells, ({ size }) => size).flatMap((size) =>
    distinct(cells, ({ workload }) => workload).map((workload) => {
      const some = cells.filter((cell) => cell.size === size && cell.workload === workload)
      const head = workload === 'request' ? 'get and touch, every tenth a set' : workload
      return pivot(
        `${head}, sessions of about ${size} bytes, calls per second`,
        some,
        ({ callers }) => callers,
        'callers',
        (sample) => sample,
      )
    }),
  )
}

/** Where the process was, and what the column is called. */
const parts = {
  whole: 'whole',
  store: 'store',
  knex: 'knex',
  driver: 'driver',
  node: 'Node.js',
  bench: 'the load itself',
  waiting: 'waiting for the server',
}

function breakdownTable(cells) {
  const order = cells.toSorted(
    (one, other) =>
      Object.keys(databases).indexOf(one.database) -
        Object.keys(databases).indexOf(other.database) ||
      one.workload.localeCompare(other.workload),
  )
  return {
    title: 'Where the microseconds of a call go, one caller',
    head: ['', 'call', ...Object.values(parts)],
    rows: order.map((cell) => [
      titleOf(cell),
      cell.workload,
      ...Object.keys(parts).map((part) => (cell.samples[0][part] ?? 0).toFixed(1)),
    ]),
  }
}

function httpTables(cells) {
  return distinct(cells, ({ route }) => route).flatMap((route) => {
    const some = cells.filter((cell) => cell.route === route)
    return [
      pivot(
        `HTTP ${route} route, requests per second`,
        some,
        ({ connections }) => connections,
        'connections',
        ({ rate }) => rate,
      ),
      pivot(
        `HTTP ${route} route, 99 % of requests within ms`,
        some,
        ({ connections }) => connections,
        'connections',
        ({ p99 }) => p99,
      ),
    ]
  })
}

function writesTable(cells) {
  return {
    title: 'Statements that write, of 100 requests of a site that mostly reads',
    head: ['', 'statements'],
    rows: cells.map((cell) => [titleOf(cell), figure(cell.samples)]),
  }
}

function growthTable(cells) {
  const rows = cells.map((cell) => [
    titleOf(cell),
    whole(cell.rows),
    String(cell.callers),
    figure(cell.samples.map(({ p50 }) => p50)),
    figure(cell.samples.map(({ p99 }) => p99)),
  ])
  return {
    title: 'get with many live sessions, ms',
    head: ['', 'sessions', 'callers', 'p50', 'p99'],
    rows,
  }
}

function pruneTable(cells) {
  const rows = cells.map((cell) => [
    titleOf(cell),
    figure(cell.samples.map(({ baseline }) => baseline.p99)),
    figure(cell.samples.map(({ during }) => during.p99)),
    figure(cell.samples.map(({ during }) => during.max)),
    figure(cell.samples.map(({ pruneMs }) => pruneMs / 1_000)),
    figure(cell.samples.map(({ memoryGrowth }) => memoryGrowth / 1e6)),
  ])
  const head = ['', 'p99 without, ms', 'p99 with, ms', 'longest with, ms', 'prune, s', 'memory, MB']
  return {
    title: `set by ${cells[0]?.writers} writers while ${whole(cells[0]?.rows ?? 0)} expired rows are pruned`,
    head,
    rows,
  }
}

/** Contenders down, `columnOf` across. */
function pivot(title, cells, columnOf, unit, value) {
  const columns = distinct(cells, columnOf)
  const rows = distinct(cells, titleOf).map((name) => [
    name,
    ...columns.map((column) => {
      const cell = cells.find((each) => titleOf(each) === name && columnOf(each) === column)
      return cell ? figure(cell.samples.map(value)) : ''
    }),
  ])
  return {
    title,
    head: [
      '',
      ...columns.map((column) => `${column} ${column === 1 ? unit.replace(/s$/, '') : unit}`),
    ],
    rows,
  }
}

/**
 * A median with least and greatest, as `12,345 (11,000–13,000)`. @param {readonly number[]} samples
 */
function figure(samples) {
  const { median, min, max } = spread(samples)
  return `${short(median)} (${short(min)}–${short(max)})`
}

/** @param {number} value */
export const whole = (value) => Math.round(value).toLocaleString('en-US')

/** Three digits where there are not more before the point. */
function short(value) {
  const magnitude = Math.abs(value)
  return magnitude >= 100 ? whole(value) : value.toFixed(magnitude >= 10 ? 1 : 2)
}

function distinct(cells, of) {
  return [...new Set(cells.map(of))]
}
