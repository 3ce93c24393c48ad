// Where one contender spends its time: node src/profile.mjs <database>/<contender> <workload>
// <callers> [ms], for example node src/profile.mjs postgres/knex-session get 64
import { fill } from './load/calls.mjs'
import { contenderOf } from './contenders/index.mjs'
import { throughput } from './load/measure.mjs'
import { packageOf, profiled, timesBy } from './load/profiled.mjs'
import { makeSessions } from './load/sessions.mjs'
import { startServers } from './servers.mjs'
import { workloads } from './load/workloads.mjs'

const [id = 'postgres/knex-session', workload = 'get', callers = '64', ms = '4000'] =
  process.argv.slice(2)
const contender = contenderOf(id)
const { urls, stop } = await startServers(new Set([contender.database]))
const { store } = await contender.open({ urls, suffix: '' })
const sessions = makeSessions(400)
await fill(store, sessions)
const operation = workloads[workload](store, sessions, 1)
await throughput(operation, Number(callers), 2_000)

const before = process.cpuUsage()
const { result: rate, frames } = await profiled(() =>
  throughput(operation, Number(callers), Number(ms)),
)
const { user, system } = process.cpuUsage(before)
const used = user + system
console.log(
  `${id} ${workload}, ${callers} callers: ${Math.round(rate)}/s, client CPU ${Math.round(used / Number(ms) / 10)} %,` +
    ` ${(used / ((rate * Number(ms)) / 1_000)).toFixed(1)} µs of CPU per call`,
)
print('by package', (frame) => packageOf(frame) || frame.functionName)
print(
  'by function, self time',
  (frame) => `${frame.functionName || '(anonymous)'}  ${shortUrl(frame)}`,
)
await stop()
process.exit(0)

/** @param {string} title @param {(frame: import('./load/profiled.mjs').Frame) => string} keyOf */
function print(title, keyOf) {
  const times = timesBy(frames, keyOf)
  const total = [...times.values()].reduce((sum, each) => sum + each, 0)
  const top = [...times]
    .sort(([, one], [, other]) => other - one)
    .slice(0, Number(process.env.TOP ?? 18))
  console.log(`\n${title}`)
  for (const [key, time] of top)
    console.log(`${((time / total) * 100).toFixed(1).padStart(6)} %  ${key}`)
}

/** @param {{ url: string, lineNumber: number }} frame */
function shortUrl({ url, lineNumber }) {
  return url === '' ? '' : `${url.replace(/.*\/(node_modules|packages)\//, '')}:${lineNumber + 1}`
}
