// The load, in a process of its own: takes { port, paths, connections, seconds or amount }: each
// connection asks for the paths in turn. It answers with
// what autocannon measured.
import autocannon from 'autocannon'
import { cookieHeaders } from './cookies.mjs'

const cookies = cookieHeaders()

process.on('message', (load) => void shoot(load))
process.on('disconnect', () => process.exit(0))

/**
 * @param {object} load
 * @param {number} load.port
 * @param {readonly string[]} load.paths
 * @param {number} load.connections
 * @param {number} [load.seconds]
 * @param {number} [load.amount] requests in all, in place of the seconds
 */
async function shoot({ port, paths, connections, seconds, amount }) {
  let client = 0
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    ...(amount === undefined ? { duration: seconds } : { amount }),
    // It ends with a sample, and those of a second would make whole seconds of every duration.
    sampleInt: 250,
    // Each connection goes through sessions of its own.
    setupClient: (each) => each.setRequests(requests(paths, client++, connections)),
  })
  const { latency, errors, non2xx, duration } = result
  const failed = errors + non2xx
  process.send?.({ rate: result['2xx'] / duration, p50: latency.p50, p99: latency.p99, failed })
}

/** @param {readonly string[]} paths @param {number} client @param {number} clients */
function requests(paths, client, clients) {
  return cookies
    .filter((_, index) => index % clients === client)
    .map((cookie, index) => ({
      method: 'GET',
      path: paths[index % paths.length],
      headers: { cookie },
    }))
}
