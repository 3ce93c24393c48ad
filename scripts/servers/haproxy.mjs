import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unprivileged } from './account.mjs'
import { answers, freePort } from './port.mjs'
import { serve, temporaryFolder } from './process.mjs'
import { program } from './program.mjs'

/**
 * Starts a private HAProxy that leads to the PostgreSQL whose Patroni says that it is the primary.
 * The times of the checks are those of Patroni's own example (`haproxy.cfg`) unless `checks` has
 * others.
 * @param {object} options
 * @param {readonly { port: number, checkPort: number }[]} options.nodes `checkPort`: of Patroni's
 * REST API
 * @param {string} [options.checks] as after `default-server`
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const start = async ({
  nodes,
  checks = 'inter 3s fall 3 rise 2 on-marked-down shutdown-sessions',
}) => {
  const command = program('haproxy', 'haproxy')
  const account = unprivileged('haproxy')
  const folder = temporaryFolder(account)
  const port = await freePort()
  const lines = [
    'defaults',
    'mode tcp',
    'maxconn 500',
    'retries 2',
    'timeout client 30m',
    'timeout connect 4s',
    'timeout server 30m',
    'timeout check 5s',
    'listen primary',
    `bind 127.0.0.1:${port}`,
    'option httpchk OPTIONS /primary',
    'http-check expect status 200',
    `default-server ${checks}`,
    ...nodes.map(
      (node, index) =>
        `server node${index} 127.0.0.1:${node.port} check port ${node.checkPort} maxconn 100`,
    ),
  ]
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, lines.join('\n') + '\n')
  return serve({
    name: 'HAProxy',
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    folder,
    command,
    args: ['-db', '-f', file],
    account,
    orderly: 'SIGUSR1',
    atOnce: 'SIGTERM',
    isReady: () => answers(port),
  })
}
