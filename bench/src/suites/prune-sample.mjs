// One sample of a prune under 64 writers, in a process of its own. Its argument is a JSON object: {
// contender, urls, rows, baselineMs, suffix }.
import { fill } from '../load/calls.mjs'
import { contenderOf } from '../contenders/index.mjs'
import { loadRows } from '../load/rows.mjs'
import { collectGarbage, latencies, until } from '../load/measure.mjs'
import { makeSessions } from '../load/sessions.mjs'
import { workloads } from '../load/workloads.mjs'

const writers = 64
/** How long they write during the prune, which then has the database for itself. */
const longestMs = 30_000
const { contender: id, urls, rows, baselineMs, suffix } = JSON.parse(process.argv[2] ?? '{}')
const { database, open } = contenderOf(id)
const { store, prune, columns, close } = await open({ urls, suffix })
const sessions = makeSessions(400)
const sess = JSON.stringify(sessions[0].data)
await fill(store, sessions)
await loadRows(database, urls, columns, {
  prefix: 'expired',
  count: rows,
  sess,
  expiresInSeconds: -3_600,
})

const write = workloads.set(store, sessions, 1)
await latencies(write, writers, until(baselineMs / 5))
const baseline = await latencies(write, writers, until(baselineMs))
collectGarbage()

const memoryBefore = process.memoryUsage().rss
let memoryPeak = memoryBefore
const watch = setInterval(() => (memoryPeak = Math.max(memoryPeak, process.memoryUsage().rss)), 50)
let pruning = true
const started = performance.now()
const pruned = prune().then((removed) => {
  pruning = false
  return { removed, ms: performance.now() - started }
})
const goesOn = until(longestMs)
const during = await latencies(write, writers, () => pruning && goesOn())
const { removed, ms } = await pruned
clearInterval(watch)
await close()
process.send?.({ baseline, during, pruneMs: ms, removed, memoryGrowth: memoryPeak - memoryBefore })
process.on('disconnect', () => process.exit(0))
