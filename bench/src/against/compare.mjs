import { cpus, loadavg } from 'node:os'
import { knexSession } from '../contenders/knex-session.mjs'
import { printTable } from '../report/console-tables.mjs'
import { startServers } from '../servers.mjs'
import { callContenders, labelOf as labelOfCalls, runCalls } from '../suites/calls.mjs'
import { httpContenders, labelOf as labelOfHttp, runHttp } from '../suites/http.mjs'
import { makeSides } from './sides.mjs'
import { comparisonTable, summaryOf } from './table.mjs'
import { exitCodeOf, furtherRounds, judge, ratioOf } from './verdict.mjs'

/**
 * A cell with what its rounds have measured.
 * @typedef {object} Compared
 * @property {string} label
 * @property {any} cell of a suite
 * @property {number[]} ratios new to old, one for each round
 * @property {number[]} old per second
 * @property {number[]} now
 */

const quiet = () => undefined

/**
 * Compares the working tree with a commit, and prints how they differ.
 * @param {import('../options.mjs').Options & { against: string }} options
 * @param {(line: string) => void} report
 * @returns {Promise<number>} the exit code
 */
export async function compare(options, report) {
  const databases = selectedDatabases(options)
  if (databases.length === 0) throw new Error('nothing is selected: see --help')
  const [load = 0] = loadavg()
  if (load > cpus().length / 2)
    report(
      `the machine has other work (load ${load.toFixed(1)}): spreads will be wide, and cells unclear`,
    )
  const { sides, remove } = await makeSides(options.against)
  report('both are packed')
  try {
    // The wait for a disk would hide what the code costs.
    const { urls, stop } = await startServers(new Set(databases), { durable: false })
    try {
      const compared = await measure({ sides, urls, options, report })
      const verdicts = compared.map(({ ratios }) => judge(ratios))
      for (const { name, title } of sides) console.log(`${name}: ${title}`)
      printTable(comparisonTable(compared, verdicts))
      console.log(summaryOf(compared, verdicts))
      return exitCodeOf(verdicts)
    } finally {
      await stop()
    }
  } finally {
    remove()
  }
}

/** @param {import('../options.mjs').Options} options */
function selectedDatabases(options) {
  const all = ['postgres', 'mariadb', 'sqlite'].map(knexSession)
  const selected = [...callContenders(all, options), ...httpContenders(all, options)].map(
    ({ database }) => database,
  )
  return [...new Set(selected)]
}

/** @returns {Promise<readonly Compared[]>} */
async function measure({ sides, urls, options, report }) {
  /** @type {Map<string, Compared>} */
  const compared = new Map()
  const rounds = async (first, count, chosen) => {
    for (let round = first; round < first + count; round++) {
      for (const database of selectedDatabases(chosen)) {
        add(compared, await measureRound({ sides, urls, database, round, options: chosen }))
        report(`round ${round + 1} of ${first + count}: ${database}`)
      }
    }
  }
  await rounds(0, options.rounds, options)
  const unclear = [...compared.values()].filter(({ ratios }) => judge(ratios).verdict === 'unclear')
  if (unclear.length > 0) {
    report(`${unclear.length} unclear: measured again`)
    await rounds(options.rounds, furtherRounds(options.rounds), {
      ...options,
      only: [unclear.map(({ label }) => label).join(',')],
    })
  }
  return [...compared.values()]
}

/**
 * Both sides in processes and tables that no other round uses: two processes of one program differ
 * too.
 */
async function measureRound({ sides, urls, database, round, options }) {
  const pair = sides.map(({ name, modules }) => ({
    ...knexSession(database),
    // The same work on both sides, whatever their defaults.
    at: { modules, suffix: `_${name}_${round}`, touchInterval: 0 },
  }))
  const isReversed = round % 2 === 1
  const contenders = isReversed ? pair.toReversed() : pair
  const cells = [
    ...(await runCalls(contenders, urls, options, quiet)),
    ...(await runHttp(contenders, urls, options, quiet)),
  ]
  return Array.from({ length: cells.length / 2 }, (_, index) => {
    const both = cells.slice(2 * index, 2 * index + 2)
    return isReversed ? both.reverse() : both
  })
}

/** @param {Map<string, Compared>} compared @param {readonly any[][]} pairs old and new */
function add(compared, pairs) {
  for (const [{ samples: oldSamples, ...cell }, { samples: newSamples }] of pairs) {
    const label = (cell.suite === 'http' ? labelOfHttp : labelOfCalls)(cell, {
      database: cell.database,
      name: cell.contender,
    })
    const entry = compared.get(label) ?? { label, cell, ratios: [], old: [], now: [] }
    const [old, now] = [oldSamples, newSamples].map((samples) => samples.map(rateOf))
    entry.ratios.push(ratioOf(old, now))
    entry.old.push(...old)
    entry.now.push(...now)
    compared.set(label, entry)
  }
}

const rateOf = (sample) => (typeof sample === 'number' ? sample : sample.rate)
