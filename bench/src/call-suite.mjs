import * as calls from './calls.mjs'
import { idOf } from './contenders/index.mjs'
import { collectGarbage, throughput } from './measure.mjs'
import { isSelected } from './options.mjs'
import { randomFrom, shuffled } from './random.mjs'
import { makeSessions } from './sessions.mjs'
import { workloads } from './workloads.mjs'

/**
 * @typedef {object} Cell one combination of workload, callers and size
 * @property {string} workload
 * @property {number} callers
 * @property {number} size bytes of a session
 */

/** @param {Cell} cell @param {import('./contenders/contender.mjs').Contender} contender */
const labelOf = ({ workload, callers, size }, contender) => `calls/${workload}/${callers}/${size}/${idOf(contender)}`

/** @param {import('./options.mjs').Options} options @returns {Cell[]} */
const cellsOf = ({ sizes, callers }) =>
  sizes.flatMap((size) => Object.keys(workloads).flatMap((workload) => callers.map((count) => ({ workload, callers: count, size }))))

/**
 * The contenders that have something to do here.
 * @param {readonly import('./contenders/contender.mjs').Contender[]} contenders
 * @param {import('./options.mjs').Options} options
 */
export const callContenders = (contenders, options) =>
  contenders.filter((contender) => cellsOf(options).some((cell) => isSelected(options, labelOf(cell, contender))))

/**
 * Calls per second of every contender, cell by cell. In each repeat the contenders take turns in an order of that repeat, so that what
 * slows the machine down for a while slows all of them.
 * @param {readonly import('./contenders/contender.mjs').Contender[]} contenders
 * @param {Readonly<Record<string, string>>} urls
 * @param {import('./options.mjs').Options} options
 * @param {(line: string) => void} report
 */
export async function runCalls(contenders, urls, options, report) {
  const sessions = new Map(options.sizes.map((size) => [size, makeSessions(size)]))
  const open = await Promise.all(
    callContenders(contenders, options).map(async (contender) => ({ contender, ...(await contender.open({ urls, suffix: '' })) })),
  )
  for (const { store } of open) for (const each of sessions.values()) await fill(store, each)
  await warmUp(open, sessions, options)
  const results = []
  for (const [index, cell] of cellsOf(options).entries()) {
    const taking = open.filter(({ contender }) => isSelected(options, labelOf(cell, contender)))
    if (taking.length > 0) results.push(...(await runCell(cell, index, taking, sessions.get(cell.size) ?? [], options, report)))
  }
  for (const { close } of open) await close()
  return results
}

/** Puts the sessions into the store, 64 at a time. @param {any} store @param {readonly import('./sessions.mjs').BenchSession[]} sessions */
export async function fill(store, sessions) {
  for (let start = 0; start < sessions.length; start += 64) {
    await Promise.all(sessions.slice(start, start + 64).map(({ sid, data }) => calls.set(store, sid, data)))
  }
}

/** Every code path once for a while, so that no first sample pays for compiling it. */
async function warmUp(open, sessions, { sampleMs }) {
  const [some] = sessions.values()
  for (const { store } of open) {
    for (const workload of Object.values(workloads)) {
      for (const callers of [1, 64]) await throughput(workload(store, some, 1), callers, sampleMs / 2)
    }
  }
}

async function runCell(cell, index, open, sessions, { repeats, sampleMs }, report) {
  const samples = new Map(open.map((each) => [each, []]))
  for (let repeat = 0; repeat < repeats; repeat++) {
    const seed = index * 1_000 + repeat
    for (const each of shuffled(open, randomFrom(seed))) {
      const workload = workloads[cell.workload]
      await throughput(workload(each.store, sessions, seed + 500), cell.callers, sampleMs / 5)
      collectGarbage()
      samples.get(each).push(await throughput(workload(each.store, sessions, seed), cell.callers, sampleMs))
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
