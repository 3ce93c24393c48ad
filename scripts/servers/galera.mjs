import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import { start as startMariadb } from './mariadb.mjs'
import { freePort } from './port.mjs'
import { program } from './program.mjs'

const providers = [
  '/usr/lib/galera/libgalera_smm.so',
  '/usr/lib/galera-4/libgalera_smm.so',
  '/usr/lib64/galera-4/libgalera_smm.so',
]

const timeLimit = 30_000

/**
 * Starts a private Galera cluster of MariaDB nodes, one node at a time.
 * @param {object} [options]
 * @param {number} [options.nodes] Default: 3
 * @param {string} [options.providerOptions] as in wsrep_provider_options
 * @returns {Promise<import('./process.mjs').Server[]>}
 */
export const start = async ({ nodes = 3, providerOptions = '' } = {}) => {
  program('mariadbd', 'mariadb-server')
  program('rsync', 'rsync')
  const provider = providers.find((path) => existsSync(path))
  if (provider === undefined)
    throw new Error(
      'Galera was not found. Install it (Debian and Ubuntu: apt-get install galera-4).',
    )
  const ports = await Promise.all(
    Array.from({ length: nodes }, async () => ({
      group: await freePort(),
      ist: await freePort(),
      sst: await freePort(),
    })),
  )
  const servers = []
  for (const [index, { group, ist, sst }] of ports.entries()) {
    // The first node makes the cluster; when it is restarted it has to be told to join, which no
    // test here needs.
    const peers = index === 0 ? '' : ports.map((port) => `127.0.0.1:${port.group}`).join(',')
    const server = await startMariadb({
      durable: false,
      settings: {
        'wsrep-on': 'ON',
        'wsrep-provider': provider,
        'wsrep-cluster-name': 'sessions',
        'wsrep-cluster-address': `gcomm://${peers}`,
        'wsrep-provider-options': `base_port=${group};gmcast.listen_addr=tcp://127.0.0.1:${group};ist.recv_addr=127.0.0.1:${ist};${providerOptions}`,
        'wsrep-node-address': `127.0.0.1:${group}`,
        'wsrep-sst-method': 'rsync',
        'wsrep-sst-receive-address': `127.0.0.1:${sst}`,
        'binlog-format': 'ROW',
        'innodb-autoinc-lock-mode': 2,
        ...(index > 0 && { 'init-file': undefined }),
      },
    })
    await synced(server.url)
    servers.push(server)
  }
  return servers
}

/**
 * Resolves when the node takes statements.
 * @param {string} url
 */
export const synced = async (url) => {
  const deadline = Date.now() + timeLimit
  for (;;) {
    try {
      const connection = await mysql.createConnection(url)
      try {
        const [rows] = await connection.query(`show status like 'wsrep_local_state_comment'`)
        if (/** @type {{ Value: string }[]} */ (rows)[0]?.Value === 'Synced') return
      } finally {
        await connection.end()
      }
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    if (Date.now() > deadline) throw new Error('the Galera node did not join its cluster')
    await sleep(100)
  }
}
