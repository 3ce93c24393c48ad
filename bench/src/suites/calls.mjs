import { placeOf } from '../contenders/contender.mjs'
import { idOf } from '../contenders/index.mjs'
import { isSelected } from '../options.mjs'
import { turns } from '../load/random.mjs'
import { startScript } from './script.mjs'

/**
 * @typedef {object} Cell one combination of workload, callers and size
 * @property {string} workload
 * @property {number} callers
 * @property {number} size bytes of a session
 */

/**
 * @param {Cell} cell @param {Pick<import('../contenders/contender.mjs').Contender, 'name' |
 * 'database'>} contender
 */
export const labelOf = ({ workload, callers, size }, contender) =>
  `calls/${workload}/${callers}/${size}/${idOf(contender)}`

/** @param {import('../options.mjs').Options} options @returns {Cell[]} */
const cellsOf = ({ sizes, callers, workloads }) =>
  sizes.flatMap((size) =>
    workloads.flatMap((workload) => callers.map((count) => ({ workload, callers: count, size }))),
  )

/**
 * The contenders that have something to do here.
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {import('../options.mjs').Options} options
 */
export const callContenders = (contenders, options) =>
  contenders.filter(
    (contender) =>
      // The same calls as those of the one without the setting.
      !contender.name.includes('touchInterval') &&
      cellsOf(options).some((cell) => isSelected(options, labelOf(cell, contender))),
  )

/**
 * Calls per second of every contender, cell by cell. Each contender has a process of its own, as in
 * a site: the garbage and the compiled code of one are not another's. In each repeat they take
 * turns in an order of that repeat, so that what slows the machine down for a while slows all of
 * them.
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {Readonly<Record<string, string>>} urls
 * @param {import('../options.mjs').Options} options
 * @param {(line: string) => void} report
 */
export async function runCalls(contenders, urls, options, report) {
  const open = []
  for (const contender of callContenders(contenders, options))
    open.push(await start(contender, urls, options))
  const results = []
  for (const [index, cell] of cellsOf(options).entries()) {
    const taking = open.filter(({ contender }) => isSelected(options, labelOf(cell, contender)))
    if (taking.length > 0) results.push(...(await runCell(cell, index, taking, options, report)))
  }
  for (const { stop } of open) await stop()
  return results
}

async function start(contender, urls, { sizes, sampleMs }) {
  const script = startScript('suites/calls-process.mjs', {
    contender: idOf(contender),
    place: { ...placeOf(contender, urls), touchInterval: 0 },
    sizes,
    sampleMs,
  })
  await script.message()
  return { contender, ...script }
}

async function runCell(cell, index, open, { repeats }, report) {
  const samples = new Map(open.map((each) => [each, []]))
  for (let repeat = 0; repeat < repeats; repeat++) {
    const seed = index * 1_000 + repeat
    for (const each of turns(open, index * 1_000, repeat)) {
      const sample = each.message()
      each.send({ ...cell, seed })
      samples.get(each).push(await sample)
    }
  }
  report(`calls: ${cell.workload}, ${cell.callers} callers, ${cell.size} bytes`)
  return open.map((each) => ({
    suite: 'calls',
    ...cell,
    database: each.contender.database,
    contender: each.contender.name,
    samples: samples.get(each),
  }))
}
