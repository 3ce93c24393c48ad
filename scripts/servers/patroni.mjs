import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { unprivileged } from './account.mjs'
import { start as startEtcd, succeeds } from './etcd.mjs'
import { freePort } from './port.mjs'
import { serve, temporaryFolder } from './process.mjs'
import { program } from './program.mjs'

/**
 * A PostgreSQL and the Patroni that runs it. `kill9` ends both, as the loss of their machine would;
 * `restart` brings both back, the server in the role that the cluster has for it.
 * @typedef {import('./process.mjs').Server & { name: string, checkPort: number }} Node
 * `checkPort`: of Patroni's REST API
 */

/**
 * @typedef {object} Cluster
 * @property {readonly Node[]} nodes
 * @property {(from: Node, to: Node) => Promise<void>} switchOver makes another node the primary, by
 * `patronictl`
 * @property {(node: Node, role: Role) => Promise<void>} until resolves when the node is this
 * @property {() => Promise<void>} stop
 */

/**
 * As Patroni's REST API has them: `sync` is the standby that has every commit.
 * @typedef {'primary' | 'replica' | 'sync'} Role
 */

const timeLimit = 60_000

/**
 * Starts private PostgreSQL servers under Patroni, whose votes a private etcd counts. The first is
 * the primary.
 * @param {object} [options]
 * @param {number} [options.nodes] Default: 2
 * @param {Readonly<Record<string, unknown>>} [options.settings] of the cluster: `ttl`,
 * `synchronous_mode` and so on
 * @returns {Promise<Cluster>}
 */
export const start = async ({ nodes: count = 2, settings = {} } = {}) => {
  const etcd = await startEtcd()
  /** @type {Node[]} */
  const nodes = []
  let configuration = ''
  const until = async (/** @type {Node} */ node, /** @type {Role} */ role) => {
    const deadline = Date.now() + timeLimit
    while (!(await succeeds(`http://127.0.0.1:${node.checkPort}/${role}`))) {
      if (Date.now() > deadline) throw new Error(`${node.name} did not become ${role}`)
      await sleep(50)
    }
  }
  for (let index = 0; index < count; index++) {
    const { node, file } = await startNode(`node${index}`, etcd.port, settings)
    configuration ||= file
    nodes.push(node)
    await until(node, index === 0 ? 'primary' : 'replica')
  }
  return {
    nodes,
    until,
    async switchOver(from, to) {
      const names = ['--leader', from.name, '--candidate', to.name]
      const command = ['-c', configuration, 'switchover', ...names, '--force']
      await promisify(execFile)(program('patronictl', 'patroni'), command)
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      await etcd.stop()
    },
  }
}

/**
 * @param {string} name
 * @param {number} etcdPort
 * @param {Readonly<Record<string, unknown>>} settings
 * @returns {Promise<{ node: Node, file: string }>}
 */
const startNode = async (name, etcdPort, settings) => {
  const command = program('patroni', 'patroni')
  const bin = dirname(program('postgres', 'postgresql'))
  const account = unprivileged('postgres')
  const folder = temporaryFolder(account)
  const data = join(folder, 'data')
  const [port, checkPort] = [await freePort(), await freePort()]
  const file = join(folder, 'patroni.json')
  writeFileSync(
    file,
    JSON.stringify({
      scope: 'sessions',
      name,
      restapi: { listen: `127.0.0.1:${checkPort}`, connect_address: `127.0.0.1:${checkPort}` },
      etcd3: { host: `127.0.0.1:${etcdPort}` },
      bootstrap: {
        dcs: {
          // One waits for a round of `loop_wait`, with two tries of `retry_timeout`, within `ttl`.
          ttl: 5,
          loop_wait: 1,
          retry_timeout: 2,
          synchronous_mode: true,
          ...settings,
          postgresql: {
            use_pg_rewind: true,
            parameters: {
              max_connections: 200,
              wal_log_hints: 'on',
              wal_retrieve_retry_interval: '500ms',
            },
          },
        },
        initdb: [{ encoding: 'UTF8' }, { locale: 'C.UTF-8' }, 'no-sync'],
      },
      postgresql: {
        listen: `127.0.0.1:${port}`,
        connect_address: `127.0.0.1:${port}`,
        data_dir: data,
        bin_dir: bin,
        pgpass: join(folder, 'pgpass'),
        authentication: {
          superuser: { username: 'postgres', password: 'unused' },
          replication: { username: 'replicator', password: 'unused' },
        },
        parameters: { unix_socket_directories: folder },
        pg_hba: [
          'local all all trust',
          'host all all 127.0.0.1/32 trust',
          'host replication all 127.0.0.1/32 trust',
        ],
      },
    }),
  )
  const server = await serve({
    name: `Patroni ${name}`,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    folder,
    command,
    args: [file],
    account,
    orderly: 'SIGTERM',
    atOnce: 'SIGKILL',
    isReady: () => succeeds(`http://127.0.0.1:${checkPort}/readiness`),
    survivors: () => postmasterIn(data),
  })
  return { node: Object.assign(server, { name, checkPort }), file }
}

/**
 * Patroni has the server go on when it ends itself.
 * @param {string} data
 * @returns {readonly number[]}
 */
const postmasterIn = (data) => {
  try {
    return [Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])]
  } catch {
    return []
  }
}
