import { barChart } from './bar-chart.mjs'
import { spread } from './statistics.mjs'

const databases = { postgres: 'PostgreSQL', mariadb: 'MariaDB', sqlite: 'SQLite' }
const workloads = {
  get: 'Reads (get)',
  set: 'Writes (set)',
  touch: 'Touches',
  request: 'get and touch, every tenth a set',
}
const callers = 64
const connections = 100
const phases = { baseline: 'without a prune', during: 'while pruning' }

/**
 * The charts of a run by file name: SVG text, and the sentence that each shows.
 * @param {any} run
 * @returns {Record<string, { readonly title: string, readonly svg: string }>}
 */
export function chartsOf({ cells }) {
  const of = (suite) => cells.filter((cell) => cell.suite === suite)
  const calls = of('calls').filter((cell) => cell.size === 400 && cell.callers === callers)
  const charts = Object.entries(databases).map(([database, name]) => [
    `calls-${database}`,
    callsChart(calls, database, name),
  ])
  charts.push(
    ['http', httpChart(of('http').filter((cell) => cell.connections === connections))],
    ['growth', growthChart(of('growth'))],
    ['prune', pruneChart(of('prune'))],
  )
  return Object.fromEntries(
    charts
      .map(([name, chart]) => [name, withBars(chart)])
      .filter(([, { panels }]) => panels.length > 0)
      .map(([name, chart]) => [`${name}.svg`, { title: chart.title, svg: barChart(chart) }]),
  )
}

/** Without the panels of which nothing was measured. */
const withBars = (chart) => ({
  ...chart,
  panels: chart.panels.filter(({ bars }) => bars.length > 0),
})

function callsChart(calls, database, name) {
  const shown = calls.filter(
    (cell) => cell.database === database || (database === 'postgres' && cell.database === 'redis'),
  )
  const panels = Object.entries(workloads).map(([workload, title]) => ({
    name: title,
    bars: sorted(
      shown
        .filter((cell) => cell.workload === workload)
        .map((cell) => bar(labelOf(cell), cell, cell.samples)),
    ),
  }))
  const { rival, times } = againstOthers(panels[0].bars)
  return {
    title: times
      ? `On ${name}, knex-session reads ${times} times as many sessions per second as ${rival}`
      : `Calls per second on ${name}`,
    lead: `Calls per second, ${callers} at a time, sessions of about 400 bytes. Longer is better.`,
    panels,
  }
}

function httpChart(cells) {
  const panels = [
    ['read', 'Pages that only read their session'],
    ['write', 'Pages that change it'],
  ].flatMap(([route, title]) =>
    [...Object.entries(databases), [undefined, 'no SQL']].map(([database, name]) => ({
      name: `${title}: ${name}`,
      bars: sorted(
        cells
          .filter(
            (cell) =>
              cell.route === route &&
              (cell.database in databases ? cell.database : undefined) === database,
          )
          .map((cell) =>
            bar(
              labelOf(cell),
              cell,
              cell.samples.map(({ rate }) => rate),
            ),
          ),
      ),
    })),
  )
  const { rival, times } = againstOthers(panels[0].bars)
  return {
    title: times
      ? `On PostgreSQL, Express answers ${times} times as many requests per second as with ${rival}`
      : 'Requests per second through Express',
    lead: `Requests per second through Express, ${connections} connections. Longer is better.`,
    panels,
    hasOneScale: true,
  }
}

function growthChart(cells) {
  const panels = Object.entries(databases).flatMap(([database, name]) =>
    [1, callers].map((count) => ({
      name: `${name}, ${count} at a time`,
      bars: cells
        .filter((cell) => cell.database === database && cell.callers === count)
        .sort((one, other) => other.contender.localeCompare(one.contender) || one.rows - other.rows)
        .map((cell) =>
          bar(
            `${cell.contender === 'knex-session' ? 'among' : 'pg-simple, among'} ${cell.rows.toLocaleString('en')}`,
            cell,
            cell.samples.map(({ p50 }) => p50),
          ),
        ),
    })),
  )
  const own = (panels[1]?.bars ?? []).filter(({ kind }) => kind === 'own')
  const times = ratio(own.at(-1), own[0])
  return {
    title: times
      ? `Among a million sessions a read takes ${times} times as long as among ten thousand`
      : 'Time of a read among more and more sessions',
    lead: `Half of the reads take less than this, in ms; the title is about PostgreSQL, ${callers} at a time. Shorter is better.`,
    panels,
  }
}

function pruneChart(cells) {
  const panels = Object.entries(databases).map(([database, name]) => ({
    name,
    bars: cells
      .filter((cell) => cell.database === database)
      .flatMap((cell) =>
        Object.entries(phases).map(([phase, label]) =>
          bar(
            label,
            cell,
            cell.samples.map((sample) => sample[phase].p99),
          ),
        ),
      ),
  }))
  const rows = cells[0]?.rows.toLocaleString('en')
  const times = ratio(panels[0].bars[1], panels[0].bars[0])
  return {
    title: times
      ? `While ${rows} expired sessions are pruned, the slowest write in a hundred takes ${times} times as long on PostgreSQL`
      : 'Time of a write without and with a prune',
    lead: `99 of 100 writes take less than this, in ms, with ${cells[0]?.writers} writers. Shorter is better.`,
    panels,
  }
}

const bar = (label, { contender }, samples) => ({
  label,
  ...spread(samples),
  kind: contender === 'knex-session' ? 'own' : contender.endsWith(', prepared') ? 'bare' : 'other',
})

const labelOf = ({ contender, database }) =>
  database === 'redis' ? `${contender} (Redis)` : contender

const sorted = (bars) => [...bars].sort((one, other) => other.median - one.median)

/**
 * The fastest other store, and how many times as fast the own one is; undefined where one of them was
 * not measured.
 */
function againstOthers(bars) {
  const rival = bars.find(({ kind, label }) => kind === 'other' && !label.includes('Redis'))
  const own = bars.find(({ kind }) => kind === 'own')
  return { rival: rival?.label, times: ratio(own, rival) }
}

const ratio = (one, other) => (one && other ? (one.median / other.median).toFixed(1) : undefined)
