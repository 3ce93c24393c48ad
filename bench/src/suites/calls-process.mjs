// One contender of the suite of calls, in a process of its own. Its argument is a JSON object: {
// contender, place, sizes, sampleMs }.
import * as calls from '../load/calls.mjs'
import { contenderOf } from '../contenders/index.mjs'
import { collectYoungGarbage, throughput } from '../load/measure.mjs'
import { makeSessions } from '../load/sessions.mjs'
import { workloads } from '../load/workloads.mjs'

const { contender, place, sizes, sampleMs } = JSON.parse(process.argv[2] ?? '{}')
const { store, close } = await contenderOf(contender).open(place)
/** @type {Map<number, readonly import('../load/sessions.mjs').BenchSession[]>} */
const sessions = new Map(sizes.map((/** @type {number} */ size) => [size, makeSessions(size)]))
for (const each of sessions.values()) await calls.fill(store, each)
await warmUp()

process.on('message', (cell) => void measure(cell))
process.on('disconnect', () => void close().then(() => process.exit(0)))
process.send?.('ready')

/** @param {import('./calls.mjs').Cell & { seed: number }} cell */
async function measure({ workload, callers, size, seed }) {
  const some = sessions.get(size) ?? []
  collectYoungGarbage()
  await throughput(workloads[workload](store, some, seed + 500), callers, sampleMs / 2)
  process.send?.(await throughput(workloads[workload](store, some, seed), callers, sampleMs))
}

/** Every code path once for a while, so that no first sample pays for compiling it. */
async function warmUp() {
  const [some = []] = sessions.values()
  for (const workload of Object.values(workloads)) {
    for (const callers of [1, 64]) await throughput(workload(store, some, 1), callers, sampleMs / 2)
  }
}
