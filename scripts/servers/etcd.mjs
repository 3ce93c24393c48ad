import { unprivileged } from './account.mjs'
import { freePort } from './port.mjs'
import { serve, temporaryFolder } from './process.mjs'
import { program } from './program.mjs'

/**
 * Starts a private etcd of one member.
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const start = async () => {
  const command = program('etcd', 'etcd-server')
  const account = unprivileged('etcd')
  const folder = temporaryFolder(account)
  const [port, peerPort] = [await freePort(), await freePort()]
  const [url, peerUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`]
  const all = {
    name: 'only',
    'data-dir': folder,
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `only=${peerUrl}`,
    'unsafe-no-fsync': 'true',
  }
  return serve({
    name: 'etcd',
    url,
    port,
    folder,
    command,
    args: Object.entries(all).map(([name, value]) => `--${name}=${value}`),
    account,
    orderly: 'SIGTERM',
    atOnce: 'SIGKILL',
    isReady: () => succeeds(`${url}/health`),
  })
}

/**
 * Whether the page is there now.
 * @param {string} url
 */
export const succeeds = async (url) => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok
  } catch {
    return false
  }
}
