// The load, in a process of its own: takes { port, path, connections, seconds } and answers with
// what autocannon measured.
import autocannon from 'autocannon'
import { cookieHeaders } from './cookies.mjs'

const cookies = cookieHeaders()

process.on('message', (load) => void shoot(load))
process.on('disconnect', () => process.exit(0))

/** @param {{ port: number, path: string, connections: number, seconds: number }} load */
async function shoot({ port, path, connections, seconds }) {
  let client = 0
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections,
    duration: seconds,
    // It ends with a sample, and those of a second would make whole seconds of every duration.
    sampleInt: 250,
    // Each connection goes through sessions of its own.
    setupClient: (each) => each.setRequests(requests(path, client++, connections)),
  })
  const { latency, errors, non2xx, duration } = result
  const failed = errors + non2xx
  process.send?.({ rate: result['2xx'] / duration, p50: latency.p50, p99: latency.p99, failed })
}

/** @param {string} path @param {number} client @param {number} clients */
function requests(path, client, clients) {
  return cookies
    .filter((_, index) => index % clients === client)
    .map((cookie) => ({ method: 'GET', path, headers: { cookie } }))
}
