import { idOf } from '../contenders/index.mjs'
import { isSelected } from '../options.mjs'
import { startScript } from './script.mjs'

/** @param {import('../contenders/contender.mjs').Contender} contender */
const labelOf = (contender) => `prune/${idOf(contender)}`

/** Ours on every database, and the peer whose prune can be started from outside, for comparison. */
const takesPart = ({ name }) => name === 'knex-session' || name === 'connect-pg-simple'

/**
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {import('../options.mjs').Options} options
 */
export const pruneContenders = (contenders, options) =>
  contenders.filter((contender) => takesPart(contender) && isSelected(options, labelOf(contender)))

/**
 * What writers notice of a prune. Each sample runs in a fresh process, whose resident memory is only
 * the store's.
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {Readonly<Record<string, string>>} urls
 * @param {import('../options.mjs').Options} options
 * @param {(line: string) => void} report
 */
export async function runPrune(contenders, urls, options, report) {
  const taking = pruneContenders(contenders, options)
  const samples = new Map(taking.map((contender) => [contender, []]))
  for (let repeat = 0; repeat < options.pruneRepeats; repeat++) {
    for (const contender of taking) {
      const script = startScript('suites/prune-sample.mjs', {
        contender: idOf(contender),
        urls,
        rows: options.pruneRows,
        baselineMs: options.pruneBaselineMs,
        suffix: `_prune_${repeat}`,
      })
      samples.get(contender).push(await script.message())
      await script.stop()
      report(`prune: ${idOf(contender)}, sample ${repeat + 1}`)
    }
  }
  return taking.map((contender) => ({
    suite: 'prune',
    rows: options.pruneRows,
    writers: 64,
    database: contender.database,
    contender: contender.name,
    samples: samples.get(contender),
  }))
}
