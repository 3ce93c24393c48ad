import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unprivileged } from './account.mjs'
import { answers, freePort } from './port.mjs'
import { serve, temporaryFolder } from './process.mjs'
import { program } from './program.mjs'

/**
 * Starts a private PgBouncer before a PostgreSQL; whoever connects is let in as the user of that
 * server's URL.
 * @param {object} options
 * @param {string} options.upstream the PostgreSQL's URL
 * @param {'session' | 'transaction' | 'statement'} [options.poolMode] Default: transaction
 * @param {Readonly<Record<string, string | number>>} [options.settings] as in pgbouncer.ini
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const start = async ({ upstream, poolMode = 'transaction', settings = {} }) => {
  const command = program('pgbouncer', 'pgbouncer')
  const account = unprivileged('postgres')
  const folder = temporaryFolder(account)
  const port = await freePort()
  const server = new URL(upstream)
  const user = server.username || 'postgres'
  const password = server.password && ` password=${decodeURIComponent(server.password)}`
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: poolMode,
    max_client_conn: 500,
    ...settings,
  }
  const lines = [
    '[databases]',
    `* = host=${server.hostname} port=${server.port || 5432} user=${user}${password}`,
    '[pgbouncer]',
    ...Object.entries(all).map(([name, value]) => `${name} = ${value}`),
  ]
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(file, lines.join('\n') + '\n')
  return serve({
    name: 'PgBouncer',
    url: `postgres://${user}@127.0.0.1:${port}${server.pathname}`,
    port,
    folder,
    command,
    args: [file],
    account,
    orderly: 'SIGINT',
    atOnce: 'SIGTERM',
    isReady: () => answers(port),
  })
}
