import { mkdir, writeFile } from 'node:fs/promises'
import { limit } from '../against/verdict.mjs'
import { behind } from './behind.mjs'
import { chartsOf } from './charts.mjs'
import { reasonsFor } from './reasons.mjs'
import { tablesOf, targetTable } from './tables.mjs'
import { evaluate } from './targets.mjs'

const docs = new URL('../../../docs/', import.meta.url)

/** Writes docs/benchmarks.md and its charts. @param {any} run */
export async function writeReport(run) {
  const charts = chartsOf(run)
  const folder = new URL('benchmarks/', docs)
  await mkdir(folder, { recursive: true })
  for (const [name, { svg }] of Object.entries(charts))
    await writeFile(new URL(name, folder), `${svg}\n`)
  await writeFile(new URL('benchmarks.md', docs), pageOf(run, charts))
}

/** @param {any} run @param {ReturnType<typeof chartsOf>} charts */
function pageOf(run, charts) {
  const { cpu, cores, memoryGb, system, node } = run.machine
  return `${[
    '# Benchmarks',
    '<!-- Written by `pnpm bench` from bench/results: change it there. -->',
    `Measured on ${daysOf(run)} by \`pnpm bench\`: ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node.js ${node}.`,
    `Servers: ${listed(run.servers)}.`,
    `Packages: ${listed(run.packages)}.`,
    method(
      run.options,
      run.cells.some(({ suite }) => suite === 'prune'),
    ),
    '## Targets',
    'Ours to theirs in the same run, repeat by repeat: the median of the ratios, and the least and greatest of them. Sessions of about 400 bytes.',
    markdown(targetTable(run)),
    ...whyNot(run),
    ...whereBehind(run),
    '## Charts',
    ...Object.entries(charts).map(([name, { title }]) => `![${title}](benchmarks/${name})`),
    '## Figures',
    'Medians, and the least and greatest sample.',
    ...tablesOf(run).map((table) => `### ${table.title}\n\n${markdown(table)}`),
  ].join('\n\n')}\n`
}

function method({ repeats, httpRepeats, sampleMs, httpSeconds, pruneRepeats }, pruned) {
  const prune = `
- Prune: ours and, where it is in the table, connect-pg-simple, ${pruneRepeats} repeats, each in a fresh process; "without" is the same load before the prune, with the expired rows in the table. The writers write during its first 30 s, and "prune, s" is its whole time, the rest with the database for itself.`
  return `## How it is measured

- Servers, clients and load share the machine, and every server runs with the durability it has by default: PostgreSQL and MariaDB wait for the disk at each commit, SQLite runs with a write-ahead log and \`synchronous=normal\` for every contender, Redis saves snapshots and waits for nothing. PostgreSQL and MariaDB have 2 GB for their caches, enough for a million sessions.
- Calls and HTTP: every contender has a process of its own. On SQL each store has a pool of 10 connections, on SQLite one. All other options are the defaults, except that no store prunes while calls are measured. "Prepared" is the bare driver with one prepared statement per call: the most that a store which sends one statement per call can reach.
- A caller starts its next call when its last has ended. In each of ${repeats} repeats the contenders take turns in a shuffled order, for ${sampleMs} ms each after half as long to warm up (compiled code is kept from sample to sample, as in a server), with the same keys out of 2,000 sessions. Every set changes the session and every touch moves the expiry by a second, so that all stores have something to write; knex-session has \`touchInterval\` 0 here.
- Where the microseconds go: a profile of 2 s per store and call, a look each 200 µs at where the process is. Of SQLite, "driver" is mostly the database itself, which works in this process.
- HTTP: Express in one process per store, the load by autocannon from another, ${httpRepeats} repeats of ${httpSeconds} s. The read route makes express-session get and touch, the write route get and set. By default knex-session leaves out touches that move an expiry by less than a minute; with \`touchInterval\` 0 it writes each, as the other stores do. connect-session-knex takes part on PostgreSQL only.
- Statements that write: 4,000 requests on 10 connections, one in twenty of which changes its session, counted at the drivers' methods (Redis: by the server).
- Growth: ours and connect-pg-simple, each with a table of every size side by side in one process.${pruned ? prune : ''}
- \`pnpm bench --against <commit>\` guards the speed of knex-session itself: a commit and the working tree, both packed, on the same knex, drivers and servers, in turns within rounds of fresh processes, without waiting for the disk, which would hide what the code costs. A cell fails when the 95 % interval of the median of its ratios, new to old, is wholly below ${limit}. The figures on this page are not from it.`
}

/** @param {any} run */
function whyNot({ cells }) {
  const reasons = reasonsFor(evaluate(cells))
  if (reasons.length === 0) return []
  return [
    'What was not reached, and why:',
    reasons.map(({ targets, why }) => `- ${targets.join('; ')}. ${why}`).join('\n'),
  ]
}

/** @param {any} run */
function whereBehind({ cells }) {
  const places = behind(cells)
  if (places.length === 0) return []
  return [
    'Where another store on the same database was faster, ours to theirs:',
    places.map(({ text, ratio }) => `- ${text}: ${ratio.toFixed(2)} ×`).join('\n'),
  ]
}

const daysOf = ({ measured }) => {
  const days = Object.entries(measured)
  return days
    .map(([day, suites]) => (days.length === 1 ? day : `${day} (${suites.join(', ')})`))
    .join(' and ')
}

const listed = (versions) =>
  Object.entries(versions)
    .map((pair) => pair.join(' '))
    .join(', ')

/** @param {import('./tables.mjs').TableData} table */
function markdown({ head, rows }) {
  return [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
