import { writeFile } from 'node:fs/promises'
import prettier from 'prettier'
import { printTable } from '../report/console-tables.mjs'
import { spread } from '../report/statistics.mjs'
import { compared, features } from './features.mjs'
import { scenarios } from './scenarios/index.mjs'
import { stores } from './stores.mjs'

/**
 * @typedef {object} Cell
 * @property {string} scenario
 * @property {string} store
 * @property {readonly Record<string, number>[]} samples
 */

const file = new URL('../../../docs/comparison.md', import.meta.url)

/** Writes docs/comparison.md. @param {any} run */
export async function writePage(run) {
  await writeFile(file, await pageOf(run))
}

/** @param {any} run */
export const printComparison = (run) => tablesOf(run).forEach(printTable)

/** The page as it stands in docs. @param {any} run @returns {Promise<string>} */
export async function pageOf(run) {
  const { cpu, cores, memoryGb, system, node } = run.machine
  const text = [
    '# Comparison',
    '<!-- Written by `npm run compare` from bench/results: change it there. -->',
    'How knex-session and four other stores of express-session stand faults, and whether they keep the order of writes. Each has an Express application of its own, on the same servers, with the same requests. Figures of speed are in [benchmarks](benchmarks.md).',
    `Run on ${run.date.slice(0, 10)} by \`npm run compare\`, each figure ${run.repeats} times: ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node.js ${node}.`,
    ...(run.remark === undefined ? [] : [run.remark]),
    `Servers: ${listed({ ...run.servers, SQLite: undefined })}.`,
    `Packages: ${listed(run.packages)}.`,
    '## How it is done',
    method,
    ...whereNoBetter(run),
    ...scenarios.flatMap((scenario) => [
      `## ${scenario.title}`,
      scenario.what(run.numbers),
      markdown(tableOf(scenario, run)),
    ]),
    '## Features',
    'What each package has by its own source and README, in the versions above. The last row is what the npm registry said on that day. A test looks up every other cell in the installed packages.',
    markdown(featureTable(run)),
    'Pruning many expired sessions, and what writers notice of it, is [measured](benchmarks.md) too.',
  ].join('\n\n')
  return prettier.format(text, { parser: 'markdown', printWidth: 140, proseWrap: 'always' })
}

const method = `- Each store is opened as its README says, with its defaults, except for the timer that prunes. SQL stores have a pool of 10 connections, connect-redis has one connection. If the guide of a driver asks for a listener of errors, there is one. express-mysql-session brings a mysql2 of its own, in the version that its package.json names.
- PostgreSQL and MariaDB wait for the disk at each commit, as they do by default. Redis runs twice: with its default, which saves snapshots from time to time, and with \`appendonly yes\`.
- express-session has \`resave: false\` and \`saveUninitialized: false\`.
- Load, applications and servers share one machine. Figures are medians, with the least and the greatest where they differ. Less is better in every column that does not begin with "of".`

/** @param {any} run */
function whereNoBetter(run) {
  const lines = scenarios.map((scenario) => {
    const key = ({ key, isContext }) => (isContext ? [] : [key])
    const keys = scenario.figures.flatMap(key)
    const medians = new Map(
      run.cells
        .filter((cell) => cell.scenario === scenario.name)
        .map(({ store, samples }) => [store, keys.map((each) => middle(samples, each))]),
    )
    const named = stores
      .filter(({ contender }) => contender.name !== 'knex-session')
      .filter(({ id }) => {
        const figures = medians.get(id)
        // Against ours on the same database, or on PostgreSQL.
        const own = medians.get(`${id.split('/')[0]}/knex-session`) ?? medians.get(ours)
        return figures && own && figures.every((figure, index) => figure <= limitOf(own[index]))
      })
      .map(({ title }) => title)
    return named.length === 0 ? '' : `- ${scenario.title}: ${named.join(', ')}`
  })
  const said = lines.filter((line) => line !== '')
  if (said.length === 0) return []
  return [
    '## Where knex-session is no better',
    'These stores did as well as knex-session, or better, in every column of a table. Times that differ by less than a tenth, or 100 ms, count as equal. Each is compared with knex-session on the same database, connect-redis with the one on PostgreSQL:',
    said.join('\n'),
  ]
}

const ours = 'postgres/knex-session'
const limitOf = (figure) => (figure < 100 ? figure : Math.max(figure * 1.1, figure + 100))
const middle = (samples, key) => spread(samples.map((sample) => sample[key])).median

/** @param {any} run */
const tablesOf = (run) =>
  scenarios.map((scenario) => tableOf(scenario, run)).filter(({ rows }) => rows.length > 0)

/** @param {import('./scenarios/scenario.mjs').Scenario} scenario @param {any} run */
function tableOf({ name, title, figures }, { cells }) {
  const measured = new Map(
    cells.filter(({ scenario }) => scenario === name).map(({ store, samples }) => [store, samples]),
  )
  return {
    title,
    head: ['', ...figures.map((figure) => figure.title)],
    rows: stores
      .filter(({ id }) => measured.has(id))
      .map((store) => [
        store.title,
        ...figures.map(({ key, unit }) =>
          written(
            measured.get(store.id).map((sample) => sample[key]),
            unit,
          ),
        ),
      ]),
  }
}

/** @param {readonly number[]} values @param {'ms'} [unit] */
function written(values, unit) {
  const text = (value) =>
    unit === 'ms' ? `${(value / 1_000).toFixed(1)} s` : Math.round(value).toLocaleString('en-US')
  const [median, min, max] = Object.values(spread(values)).map(text)
  return min === max ? median : `${median} (${min.replace(' s', '')}–${max.replace(' s', '')})`
}

/** @param {any} run */
function featureTable({ packages, releases }) {
  const nameOf = (name) => (name === 'knex-session' ? '@knex-session/core' : name)
  const release = (name) => {
    const found = releases[nameOf(name)]
    if (found === null) return 'not on npm yet'
    return found === undefined ? 'unknown' : `${found.date} (${found.version})`
  }
  return {
    title: 'Features',
    head: ['', ...compared.map((name) => `${name} ${packages[nameOf(name)]}`)],
    rows: [
      ...features.map(({ title, cells }) => [title, ...cells.map(({ text }) => text)]),
      ['Newest release', ...compared.map(release)],
    ],
  }
}

const listed = (versions) =>
  Object.entries(versions)
    .filter(([, version]) => version !== undefined)
    .map((pair) => pair.join(' '))
    .join(', ')

/** @param {import('../report/tables.mjs').TableData} table */
function markdown({ head, rows }) {
  const isText = rows.some((row) => row.slice(1).some((cell) => /^[a-z]/i.test(cell)))
  const rule = head.map((_, index) => (index === 0 || isText ? '---' : '--:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
