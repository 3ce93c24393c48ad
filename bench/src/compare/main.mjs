import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { machine, packageVersions, serverVersions } from '../machine.mjs'
import { startServers } from '../servers.mjs'
import { startApplication } from './application-process.mjs'
import { readOptions, usage } from './options.mjs'
import { printComparison, writePage } from './page.mjs'
import { releasesOf } from './releases.mjs'
import { scenarios } from './scenarios/index.mjs'
import { stores } from './stores.mjs'

const options = readOptions(process.argv.slice(2))
if (options.help) {
  console.log(usage)
  process.exit(0)
}
const started = performance.now()
const report = (line) =>
  console.error(`${((performance.now() - started) / 1_000).toFixed(0).padStart(5)} s  ${line}`)

const isSelected = (label) =>
  options.only.every((texts) => texts.split(',').some((text) => label.includes(text)))
const selected = scenarios
  .map((scenario) => ({
    scenario,
    taking: stores.filter(({ id }) => isSelected(`${scenario.name}/${id}`)),
  }))
  .filter(({ taking }) => taking.length > 0)
if (selected.length === 0) throw new Error('nothing is selected: see --help')
const needed = new Set(selected.flatMap(({ taking }) => taking))
const serverNames = new Set([...needed].map(({ server }) => server))
const { urls, servers, stop } = await startServers(serverNames, { cached: false })
report('servers started')

/**
 * @param {import('./scenarios/scenario.mjs').Scenario} scenario
 * @param {import('./stores.mjs').ComparedStore} store
 * @param {number} repeat
 */
async function play(scenario, { id, server, contender }, repeat) {
  const place = { urls, suffix: `_${scenario.name.replaceAll('-', '_')}_${repeat}` }
  const figures = await scenario.run({
    server: servers[server],
    numbers: options.numbers,
    start({ url = urls[server], ...settings } = {}) {
      const what = {
        contender: `${contender.database}/${contender.name}`,
        place: { ...place, urls: { ...urls, [contender.database]: url } },
        scenario: scenario.name,
      }
      return startApplication(what, settings)
    },
  })
  report(`${scenario.name}/${id}: ${JSON.stringify(figures)}`)
  return figures
}

const inTurn = async (taking, work) => {
  for (const store of taking) await work(store)
}

/** The stores in lanes, of which all run at the same time. */
const lanes = {
  none: (taking) => [taking],
  databases: (taking) =>
    [...serverNames].map((name) => taking.filter(({ server }) => server === name)),
  stores: (taking) => taking.map((store) => [store]),
}

const run = {
  date: new Date().toISOString(),
  repeats: options.repeats,
  numbers: options.numbers,
  machine: machine(),
  servers: await serverVersions(urls),
  packages: packageVersions(
    [...needed].flatMap(({ contender }) => [...contender.packages, 'express', 'express-session']),
  ),
  releases: options.docs ? await releasesOf(needed) : {},
  cells: /** @type {import('./page.mjs').Cell[]} */ ([]),
}
const folder = new URL('../../results/', import.meta.url)
const name = options.docs
  ? `comparison-${run.date.slice(0, 10)}`
  : `comparison-${run.date.replaceAll(':', '-')}-partial`
mkdirSync(folder, { recursive: true })
const file = options.out ?? fileURLToPath(new URL(`${name}.json`, folder))
for (const { scenario, taking } of selected) {
  const samples = new Map(taking.map((store) => [store, []]))
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    await Promise.all(
      lanes[scenario.together ?? 'none'](taking).map((lane) =>
        inTurn(lane, async (store) => samples.get(store).push(await play(scenario, store, repeat))),
      ),
    )
  }
  for (const [{ id }, each] of samples)
    run.cells.push({ scenario: scenario.name, store: id, samples: each })
  // After each scenario: a long run that breaks off keeps what it has.
  writeFileSync(file, `${JSON.stringify(run, undefined, 1)}\n`)
}
await stop()
report(`written: ${file}`)
if (options.docs) await writePage(run)
printComparison(run)
process.exit(0)
