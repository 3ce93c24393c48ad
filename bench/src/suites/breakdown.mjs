import { placeOf } from '../contenders/contender.mjs'
import { idOf } from '../contenders/index.mjs'
import { isSelected } from '../options.mjs'
import { startScript } from './script.mjs'

const workloads = ['get', 'set', 'touch']

/** @param {Pick<import('../contenders/contender.mjs').Contender, 'name' | 'database'>} contender */
const labelOf = (contender) => `breakdown/${idOf(contender)}`

/** Ours, the fastest store on the same database, and the bare driver. */
const takesPart = ({ name, database }) =>
  ['postgres', 'mariadb', 'sqlite'].includes(database) &&
  name !== 'connect-session-knex' &&
  !name.includes('touchInterval')

/**
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {import('../options.mjs').Options} options
 */
export const breakdownContenders = (contenders, options) =>
  contenders.filter((each) => takesPart(each) && isSelected(options, labelOf(each)))

/**
 * Where the time of a call goes when calls come one at a time, by a profile of the process. Each
 * contender has a process of its own.
 * @param {readonly import('../contenders/contender.mjs').Contender[]} contenders
 * @param {Readonly<Record<string, string>>} urls
 * @param {import('../options.mjs').Options} options
 * @param {(line: string) => void} report
 */
export async function runBreakdown(contenders, urls, { breakdownMs, ...options }, report) {
  const results = []
  for (const contender of breakdownContenders(contenders, options)) {
    const script = startScript('suites/breakdown-process.mjs', {
      contender: idOf(contender),
      place: { ...placeOf(contender, urls), touchInterval: 0, suffix: '_breakdown' },
      ms: breakdownMs,
    })
    await script.message()
    for (const workload of workloads) {
      const measured = script.message()
      script.send(workload)
      results.push({
        suite: 'breakdown',
        workload,
        database: contender.database,
        contender: contender.name,
        samples: [await measured],
      })
    }
    await script.stop()
    report(`breakdown: ${idOf(contender)}`)
  }
  return results
}
