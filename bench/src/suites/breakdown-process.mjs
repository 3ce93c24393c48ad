// One contender of the suite that says where the time of a call goes, in a process of its own. Its
// argument is a JSON object: { contender, place, ms }.
import { fill } from '../load/calls.mjs'
import { contenderOf } from '../contenders/index.mjs'
import { throughput } from '../load/measure.mjs'
import { packageOf, profiled, timesBy } from '../load/profiled.mjs'
import { makeSessions } from '../load/sessions.mjs'
import { workloads } from '../load/workloads.mjs'

const { contender, place, ms } = JSON.parse(process.argv[2] ?? '{}')
const { database, open } = contenderOf(contender)
const { store, close } = await open(place)
const sessions = makeSessions(400)
await fill(store, sessions)

process.on('message', (workload) => void measure(workload))
process.on('disconnect', () => void close().then(() => process.exit(0)))
process.send?.('ready')

/** Sends the microseconds of a call by where this process was. @param {string} workload */
async function measure(workload) {
  const operation = workloads[workload](store, sessions, 1)
  await throughput(operation, 1, ms)
  const { result: rate, frames } = await profiled(() => throughput(operation, 1, ms))
  const times = timesBy(frames, partOf)
  const total = [...times.values()].reduce((sum, each) => sum + each, 0)
  const whole = 1e6 / rate
  process.send?.({
    whole,
    ...Object.fromEntries([...times].map(([part, time]) => [part, (whole * time) / total])),
  })
}

/** @param {import('../load/profiled.mjs').Frame} frame */
function partOf(frame) {
  const { functionName } = frame
  const name = packageOf(frame)
  if (functionName === '(idle)') return 'waiting'
  // better-sqlite3 asks SQLite in methods without a file.
  if (name === '')
    return database === 'sqlite' && /^(?:get|run|all|iterate)$/.test(functionName)
      ? 'driver'
      : 'node'
  if (name === 'node' || name === 'bench') return name
  if (name.startsWith('packages/') || name === contender.split('/')[1]) return 'store'
  return name === 'knex' || name === 'tarn' ? 'knex' : 'driver'
}
