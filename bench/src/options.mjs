import { parseArgs } from 'node:util'

/**
 * @typedef {object} Options
 * @property {boolean} quick
 * @property {readonly string[]} only each of them has to occur in the label of what runs; commas stand between alternatives
 * @property {number} repeats
 * @property {number} sampleMs one sample of calls
 * @property {number} httpSeconds one sample over HTTP
 * @property {number} httpRepeats
 * @property {readonly number[]} callers
 * @property {readonly number[]} sizes bytes of a session
 * @property {readonly number[]} growthRows
 * @property {number} growthMs
 * @property {number} pruneRows
 * @property {number} pruneRepeats
 * @property {number} pruneBaselineMs
 * @property {boolean} docs whether to write docs/benchmarks.md
 */

export const usage = `pnpm bench [--quick] [--only <text>]... [--repeats <n>] [--sample-ms <ms>] [--no-docs]

  --quick        a rough look in less than three minutes; docs/benchmarks.md stays as it is
  --only         measure only what has the text in its label, such as calls/get/64/400/postgres/knex-session;
                 may be given several times (all must occur), a comma means "or"; docs/benchmarks.md stays as it is
  --repeats      samples of each figure (5)
  --sample-ms    length of one sample (300)
  --no-docs      leave docs/benchmarks.md as it is`

/** @param {string[]} args @returns {Options} */
export function readOptions(args) {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      repeats: { type: 'string' },
      'sample-ms': { type: 'string' },
      'no-docs': { type: 'boolean', default: false },
    },
  })
  const { quick, only } = values
  return {
    quick,
    only,
    repeats: countOf('repeats', values.repeats) ?? (quick ? 3 : 5),
    sampleMs: countOf('sample-ms', values['sample-ms']) ?? (quick ? 80 : 300),
    httpSeconds: quick ? 1 : 2,
    httpRepeats: countOf('repeats', values.repeats) ?? (quick ? 1 : 5),
    callers: quick ? [1, 64] : [1, 16, 64, 256],
    sizes: quick ? [400] : [400, 4_096],
    growthRows: quick ? [1_000, 10_000] : [10_000, 100_000, 1_000_000],
    growthMs: quick ? 200 : 1_000,
    pruneRows: quick ? 20_000 : 500_000,
    pruneRepeats: countOf('repeats', values.repeats) ?? (quick ? 1 : 5),
    pruneBaselineMs: quick ? 1_000 : 10_000,
    docs: !quick && only.length === 0 && !values['no-docs'],
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
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`--${name}: expected a whole number of at least 1`)
  return count
}
