import { mkdirSync, writeFileSync } from 'node:fs'
import { breakdownContenders, runBreakdown } from './suites/breakdown.mjs'
import { callContenders, runCalls } from './suites/calls.mjs'
import { printTables } from './report/console-tables.mjs'
import { compare } from './against/compare.mjs'
import { contenders } from './contenders/index.mjs'
import { growthContenders, runGrowth } from './suites/growth.mjs'
import { httpContenders, runHttp } from './suites/http.mjs'
import { machine, packageVersions, serverVersions } from './machine.mjs'
import { mergeRuns } from './report/merge-runs.mjs'
import { readOptions, usage } from './options.mjs'
import { pruneContenders, runPrune } from './suites/prune.mjs'
import { writeReport } from './report/page.mjs'
import { startServers } from './servers.mjs'
import { runWrites, writesContenders } from './suites/writes.mjs'

if (process.argv.includes('--help')) {
  console.log(usage)
  process.exit(0)
}
const options = readOptions(process.argv.slice(2))
const started = performance.now()
const report = (line) =>
  console.error(`${((performance.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${line}`)

if (options.against !== undefined)
  process.exit(await compare({ ...options, against: options.against }, report))

const suites = [
  { taking: callContenders, run: runCalls },
  { taking: breakdownContenders, run: runBreakdown },
  { taking: httpContenders, run: runHttp },
  { taking: writesContenders, run: runWrites },
  { taking: growthContenders, run: runGrowth },
  { taking: pruneContenders, run: runPrune },
]
const selected = new Set(suites.flatMap(({ taking }) => taking(contenders, options)))
if (selected.size === 0) throw new Error('nothing is selected: see --help')
const { urls, stop } = await startServers(new Set([...selected].map(({ database }) => database)))
report('servers started')
const run = {
  date: new Date().toISOString(),
  options,
  machine: machine(),
  servers: await serverVersions(urls),
  packages: packageVersions([...selected].flatMap(({ packages }) => packages)),
  cells: [],
}
const folder = new URL('../results/', import.meta.url)
const file = new URL(
  `${options.docs ? run.date.slice(0, 10) : `${run.date.replaceAll(':', '-')}-partial`}.json`,
  folder,
)
mkdirSync(folder, { recursive: true })
for (const { run: runSuite } of suites) {
  run.cells.push(...(await runSuite(contenders, urls, options, report)))
  // After each suite: a long run that breaks off keeps what it has.
  writeFileSync(file, `${JSON.stringify(run, undefined, 1)}\n`)
}
await stop()
if (options.docs) await writeReport(mergeRuns([run]))
printTables(run)
process.exit(0)
