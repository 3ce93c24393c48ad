import { parseArgs } from 'node:util'
import { limit } from './against/verdict.mjs'
import { workloads } from './load/workloads.mjs'

/**
 * @typedef {object} Options
 * @property {boolean} quick
 * @property {readonly string[]} only each of them has to occur in the label of what runs; commas
 * stand between alternatives
 * @property {string} [against] the commit that the working tree is compared with
 * @property {number} rounds of such a comparison, each in fresh processes
 * @property {number} repeats
 * @property {number} sampleMs one sample of calls
 * @property {number} httpSeconds one sample over HTTP
 * @property {number} httpWarmUpSeconds before each of them
 * @property {number} httpRepeats
 * @property {readonly string[]} httpDatabases
 * @property {readonly number[]} connections over HTTP
 * @property {readonly string[]} workloads
 * @property {readonly number[]} callers
 * @property {readonly number[]} sizes bytes of a session
 * @property {readonly number[]} growthRows
 * @property {number} breakdownMs
 * @property {number} growthMs
 * @property {number} pruneRows
 * @property {number} pruneRepeats
 * @property {number} pruneBaselineMs
 * @property {boolean} docs whether to write docs/benchmarks.md
 */

export const usage = `pnpm bench [--quick] [--only <text>]... [--repeats <n>] [--sample-ms <ms>] [--no-docs]
pnpm bench --against <commit> [--quick] [--only <text>]... [--repeats <n>] [--sample-ms <ms>]

  --quick        a rough look in less than three minutes; docs/benchmarks.md stays as it is
  --only         measure only what has the text in its label, such as calls/get/64/400/postgres/knex-session;
                 may be given several times (all must occur), a comma means "or"; docs/benchmarks.md stays as it is
  --repeats      samples of each figure (5)
  --sample-ms    length of one sample (300)
  --no-docs      leave docs/benchmarks.md as it is

  --against      compare the working tree with a commit: both are packed and measured in turns, on the same knex, drivers and servers.
                 About ten minutes, with --quick about three. --repeats is the number of rounds (6, with --quick 3), each in fresh
                 processes; --sample-ms defaults to 100 (60). docs/benchmarks.md stays as it is.
                 In each round a cell has a ratio, new to old. Its spread is the interval in which, by the ranks of these ratios, the true
                 median lies in at least 95 of 100 cases; it takes six rounds.
                 A cell passes when the median is at least ${limit}. It fails when the whole spread is below ${limit}. Otherwise it is unclear,
                 and measured again for as many rounds, six at least in all; the verdict is then by all of its rounds.
                 Exit code 1 when a cell fails, else 0: read what stays unclear`

/** @param {string[]} args @returns {Options} */
export function readOptions(args) {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      against: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      repeats: { type: 'string' },
      'sample-ms': { type: 'string' },
      'no-docs': { type: 'boolean', default: false },
    },
  })
  const { quick, only } = values
  const given = {
    repeats: countOf('repeats', values.repeats),
    sampleMs: countOf('sample-ms', values['sample-ms']),
  }
  const options = {
    quick,
    only,
    rounds: 1,
    repeats: given.repeats ?? (quick ? 3 : 5),
    sampleMs: given.sampleMs ?? (quick ? 80 : 300),
    httpSeconds: quick ? 1 : 2,
    httpWarmUpSeconds: 1,
    httpRepeats: given.repeats ?? (quick ? 1 : 5),
    // What the targets do not name stays out of a quick run.
    httpDatabases: quick
      ? ['postgres', 'redis', 'memory']
      : ['postgres', 'mariadb', 'sqlite', 'redis', 'memory'],
    connections: [10, 100],
    workloads: Object.keys(workloads),
    callers: quick ? [1, 64] : [1, 16, 64, 256],
    sizes: quick ? [400] : [400, 4_096],
    growthRows: quick ? [1_000, 10_000] : [10_000, 100_000, 1_000_000, 10_000_000],
    breakdownMs: quick ? 200 : 2_000,
    growthMs: quick ? 200 : 1_000,
    pruneRows: quick ? 20_000 : 500_000,
    pruneRepeats: given.repeats ?? (quick ? 1 : 3),
    pruneBaselineMs: quick ? 1_000 : 10_000,
    docs: !quick && only.length === 0 && !values['no-docs'],
  }
  return values.against === undefined
    ? options
    : { ...options, ...comparison(values.against, options, given), docs: false }
}

/** What differs in a comparison with a commit. */
function comparison(against, { quick, only }, { repeats, sampleMs }) {
  return {
    against,
    // The server is MariaDB, its dialect mysql.
    only: only.map((text) => text.replaceAll('mysql', 'mariadb')),
    rounds: repeats ?? (quick ? 3 : 6),
    // Turns within a round, of which every second is taken in the opposite order: many short ones
    // share what the machine does meanwhile.
    repeats: quick ? 2 : 4,
    sampleMs: sampleMs ?? (quick ? 60 : 100),
    httpSeconds: quick ? 1 : 1.5,
    httpWarmUpSeconds: 0.5,
    httpRepeats: 1,
    httpDatabases: ['postgres', 'mariadb', 'sqlite'],
    connections: [100],
    workloads: ['get', 'set', 'touch'],
    callers: [1, 64, 256],
    sizes: [400],
  }
}

/** Whether something is to be measured. @param {Options} options @param {string} label */
export function isSelected({ only }, label) {
  return only.every((texts) => texts.split(',').some((text) => label.includes(text)))
}

/** @param {string} name @param {string | undefined} text */
function countOf(name, text) {
  if (text === undefined) return undefined
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`--${name}: expected a whole number of at least 1`)
  return count
}
