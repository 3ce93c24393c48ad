// Where one contender spends its time: node src/profile.mjs <database>/<contender> <workload>
// <callers> [ms], for example node src/profile.mjs postgres/knex-session get 64
import { Session } from 'node:inspector/promises'
import { fill } from './load/calls.mjs'
import { contenderOf } from './contenders/index.mjs'
import { throughput } from './load/measure.mjs'
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

const inspector = new Session()
inspector.connect()
await inspector.post('Profiler.enable')
await inspector.post('Profiler.setSamplingInterval', { interval: 200 })
await inspector.post('Profiler.start')
const before = process.cpuUsage()
const rate = await throughput(operation, Number(callers), Number(ms))
const { user, system } = process.cpuUsage(before)
const { profile } = await inspector.post('Profiler.stop')
const used = user + system
console.log(
  `${id} ${workload}, ${callers} callers: ${Math.round(rate)}/s, client CPU ${Math.round(used / Number(ms) / 10)} %,` +
    ` ${(used / ((rate * Number(ms)) / 1_000)).toFixed(1)} µs of CPU per call`,
)
print('by package', (frame) => packageOf(frame.url) || frame.functionName)
print(
  'by function, self time',
  (frame) => `${frame.functionName || '(anonymous)'}  ${shortUrl(frame)}`,
)
await stop()
process.exit(0)

/** @param {string} title @param {(frame: any) => string} keyOf */
function print(title, keyOf) {
  const times = new Map()
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  let total = 0
  profile.samples.forEach((nodeId, index) => {
    const { callFrame } = byId.get(nodeId)
    const time = profile.timeDeltas[index]
    total += time
    times.set(keyOf(callFrame), (times.get(keyOf(callFrame)) ?? 0) + time)
  })
  const top = [...times]
    .sort(([, one], [, other]) => other - one)
    .slice(0, Number(process.env.TOP ?? 18))
  console.log(`\n${title}`)
  for (const [key, time] of top)
    console.log(`${((time / total) * 100).toFixed(1).padStart(6)} %  ${key}`)
}

/** @param {string} url */
function packageOf(url) {
  if (url === '') return ''
  if (url.startsWith('node:')) return 'node'
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)
  if (dependency) return dependency[1]
  return /\/(packages\/[^/]+|bench)\//.exec(url)?.[1] ?? url
}

/** @param {{ url: string, lineNumber: number }} frame */
function shortUrl({ url, lineNumber }) {
  return url === '' ? '' : `${url.replace(/.*\/(node_modules|packages)\//, '')}:${lineNumber + 1}`
}
