import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unprivileged } from './account.mjs'
import { freePort } from './port.mjs'
import { run, serve, temporaryFolder } from './process.mjs'
import { program } from './program.mjs'

/**
 * Starts a private PostgreSQL.
 * @param {object} [options]
 * @param {boolean} [options.durable] false trades the safety of a commit for speed. Default: true
 * @param {Readonly<Record<string, string | number>>} [options.settings] as in postgresql.conf
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const start = async ({ durable = true, settings = {} } = {}) => {
  const command = program('postgres', 'postgresql')
  const account = unprivileged('postgres')
  const folder = temporaryFolder(account)
  const data = join(folder, 'data')
  // initdb belongs to its postgres: never mix two versions.
  const initdb = join(dirname(command), 'initdb')
  await run(initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'], {
    ...account,
    cwd: folder,
  })
  const port = await freePort()
  const all = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
    max_connections: 200,
    ...settings,
  }
  return serve({
    name: 'PostgreSQL',
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    folder,
    command,
    args: ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    account,
    orderly: 'SIGINT',
    // Not SIGKILL: the postmaster has to take its children with it.
    atOnce: 'SIGQUIT',
    isReady: (pid) => says(join(data, 'postmaster.pid'), pid),
  })
}

/**
 * The port opens before recovery is over; line 8 of postmaster.pid tells, as it tells pg_ctl.
 * https://github.com/postgres/postgres/blob/master/src/include/utils/pidfile.h
 * @param {string} pidFile
 * @param {number} pid
 */
const says = (pidFile, pid) => {
  try {
    const lines = readFileSync(pidFile, 'utf8').split('\n')
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}
