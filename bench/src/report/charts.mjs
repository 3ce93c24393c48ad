import * as vega from 'vega'
import { compile } from 'vega-lite'
import { spread } from './statistics.mjs'
import { titleOf } from './tables.mjs'

const config = {
  background: 'white',
  font: 'Helvetica, Arial, sans-serif',
  view: { stroke: null },
  axis: {
    grid: true,
    gridColor: '#e5e5e5',
    domain: false,
    ticks: false,
    labelPadding: 4,
    labelLimit: 300,
  },
  legend: { labelLimit: 400 },
  range: {
    category: [
      '#1f5fbf',
      '#e07b39',
      '#7f8c8d',
      '#3c9d5d',
      '#b0413e',
      '#8e63b5',
      '#c2a633',
      '#4fb3bf',
      '#a0a0a0',
      '#555555',
    ],
  },
}

/**
 * The charts of a run as SVG text by file name.
 * @param {any} run
 * @returns {Promise<Record<string, string>>}
 */
export async function chartsOf({ cells }) {
  const of = (suite) => cells.filter((cell) => cell.suite === suite)
  /** @type {Record<string, object>} */
  const specs = {}
  const calls = of('calls').filter(({ size }) => size === 400)
  for (const database of ['postgres', 'mariadb', 'sqlite']) {
    const some = calls.filter(
      (cell) =>
        cell.database === database || (database === 'postgres' && cell.database === 'redis'),
    )
    if (some.length > 0) specs[`calls-${database}`] = callsChart(some)
  }
  if (of('http').length > 0) specs.http = httpChart(of('http'))
  if (of('growth').length > 0) specs.growth = growthChart(of('growth'))
  if (of('prune').length > 0) specs.prune = pruneChart(of('prune'))
  const svgs = await Promise.all(
    Object.entries(specs).map(async ([name, spec]) => [`${name}.svg`, await render(spec)]),
  )
  return Object.fromEntries(svgs)
}

function callsChart(cells) {
  const values = cells.map((cell) => ({
    store: titleOf(cell),
    callers: cell.callers,
    workload: cell.workload,
    ...spread(cell.samples),
  }))
  return {
    data: { values },
    facet: {
      field: 'workload',
      title: null,
      sort: ['get', 'set', 'touch', 'request'],
      header: { labelFontSize: 13 },
    },
    columns: 2,
    spec: { width: 380, height: 200, ...bars({ x: 'callers', y: 'per second' }) },
    resolve: { scale: { y: 'independent' } },
  }
}

function httpChart(cells) {
  const values = cells.map((cell) => ({
    store: titleOf(cell),
    connections: cell.connections,
    route: cell.route,
    ...spread(cell.samples.map(({ rate }) => rate)),
  }))
  return {
    data: { values },
    facet: { field: 'route', title: null, header: { labelFontSize: 13 } },
    spec: { width: 380, height: 220, ...bars({ x: 'connections', y: 'requests per second' }) },
  }
}

function growthChart(cells) {
  const values = cells.map((cell) => ({
    store: titleOf(cell),
    rows: cell.rows,
    callers: `${cell.callers} ${cell.callers === 1 ? 'caller' : 'callers'}`,
    ...spread(cell.samples.map(({ p50 }) => p50)),
  }))
  return {
    data: { values },
    facet: { field: 'callers', title: null, header: { labelFontSize: 13 } },
    spec: {
      width: 380,
      height: 220,
      mark: { type: 'line', point: true },
      encoding: {
        x: {
          field: 'rows',
          type: 'quantitative',
          scale: { type: 'log' },
          title: 'live sessions',
          axis: { format: '~s', values: distinct(cells) },
        },
        y: { field: 'median', type: 'quantitative', title: 'get p50, ms', scale: { zero: true } },
        color: {
          field: 'store',
          type: 'nominal',
          title: null,
          sort: null,
          legend: { orient: 'bottom' },
        },
      },
    },
    resolve: { scale: { y: 'independent' } },
  }
}

function pruneChart(cells) {
  const values = cells.flatMap((cell) =>
    ['baseline', 'during'].map((phase) => ({
      store: titleOf(cell),
      phase: phase === 'baseline' ? 'without prune' : 'while pruning',
      ...spread(cell.samples.map((sample) => sample[phase].p99)),
    })),
  )
  return {
    data: { values },
    width: 560,
    height: 220,
    ...bars({ x: 'store', y: 'set p99, ms', color: 'phase' }),
  }
}

/** Grouped bars of the medians, with a line from the least to the greatest sample. */
function bars({ x, y, color = 'store' }) {
  const place = {
    x: {
      field: x,
      type: 'ordinal',
      axis: { labelAngle: 0 },
      title: x === 'store' ? null : x,
      sort: x === 'store' ? null : 'ascending',
    },
    xOffset: { field: color, sort: null },
  }
  return {
    layer: [
      {
        mark: 'bar',
        encoding: {
          ...place,
          y: { field: 'median', type: 'quantitative', title: y },
          color: {
            field: color,
            type: 'nominal',
            title: null,
            sort: null,
            legend: { orient: 'bottom', columns: 3 },
          },
        },
      },
      {
        mark: { type: 'rule', color: '#333333' },
        encoding: { ...place, y: { field: 'min', type: 'quantitative' }, y2: { field: 'max' } },
      },
    ],
  }
}

const distinct = (cells) => [...new Set(cells.map(({ rows }) => rows))]

/** @param {object} spec a Vega-Lite specification */
async function render(spec) {
  const { spec: compiled } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config,
    ...spec,
  })
  return new vega.View(vega.parse(compiled), { renderer: 'none' }).toSVG()
}
