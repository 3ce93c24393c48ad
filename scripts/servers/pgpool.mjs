import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unprivileged } from './account.mjs'
import { answers, freePort } from './port.mjs'
import { serve, temporaryFolder } from './process.mjs'
import { program } from './program.mjs'

/**
 * Starts a private Pgpool-II before a PostgreSQL primary and its streaming standbys; whoever
 * connects is let in. When the primary goes away, it promotes the first standby.
 * @param {object} options
 * @param {readonly import('./process.mjs').Server[]} options.backends the primary first
 * @param {Readonly<Record<string, string | number>>} [options.settings] as in pgpool.conf, texts
 * with their quotes
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const start = async ({ backends, settings = {} }) => {
  const command = program('pgpool', 'pgpool2')
  const psql = program('psql', 'postgresql-client')
  const account = unprivileged('postgres')
  const folder = temporaryFolder(account)
  const [port, pcpPort] = [await freePort(), await freePort()]
  const text = (/** @type {string} */ value) => `'${value}'`
  /** @type {Record<string, string | number>} */
  const all = {
    backend_clustering_mode: text('streaming_replication'),
    listen_addresses: text('127.0.0.1'),
    port,
    socket_dir: text(folder),
    pcp_listen_addresses: text('127.0.0.1'),
    pcp_port: pcpPort,
    pcp_socket_dir: text(folder),
    wd_ipc_socket_dir: text(folder),
    pid_file_name: text(join(folder, 'pgpool.pid')),
    logdir: text(folder),
    enable_pool_hba: 'off',
    num_init_children: 60,
    sr_check_period: 1,
    sr_check_user: text('postgres'),
    sr_check_database: text('postgres'),
    health_check_period: 1,
    health_check_timeout: 5,
    health_check_user: text('postgres'),
    health_check_database: text('postgres'),
    // %H and %r: host and port of the new primary; %d and %P: what failed, and the primary of
    // before (Pgpool-II 4.3, "Failover and Failback").
    failover_command: text(
      `[ %d != %P ] || ${psql} -h %H -p %r -U postgres -c "select pg_promote()" postgres`,
    ),
    ...settings,
  }
  for (const [index, backend] of backends.entries()) {
    all[`backend_hostname${index}`] = text('127.0.0.1')
    all[`backend_port${index}`] = backend.port
    all[`backend_weight${index}`] ??= 1
    all[`backend_flag${index}`] = text('ALLOW_TO_FAILOVER')
  }
  const file = join(folder, 'pgpool.conf')
  writeFileSync(
    file,
    Object.entries(all)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  )
  for (const name of ['pool_hba.conf', 'pcp.conf']) writeFileSync(join(folder, name), '')
  return serve({
    name: 'Pgpool-II',
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    folder,
    command,
    args: [
      '-n',
      '-D',
      '-f',
      file,
      '-F',
      join(folder, 'pcp.conf'),
      '-a',
      join(folder, 'pool_hba.conf'),
    ],
    account,
    orderly: 'SIGTERM',
    atOnce: 'SIGINT',
    isReady: () => answers(port),
  })
}
