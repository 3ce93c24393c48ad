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
 * @param {string} [options.language] of its messages, for example `de`, where it has been installed
 * with them. Default: English
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const start = async ({ durable = true, settings = {}, language } = {}) => {
  const { command, account, folder, data } = place()
  // initdb belongs to its postgres: never mix two versions.
  const initdb = join(dirname(command), 'initdb')
  await run(
    initdb,
    ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'],
    {
      ...account,
      cwd: folder,
    },
  )
  const port = await freePort()
  return serve(
    planFor({
      command,
      account,
      folder,
      port,
      settings: {
        fsync: durable ? 'on' : 'off',
        synchronous_commit: durable ? 'on' : 'off',
        ...settings,
      },
      // Gettext's own variable: unlike `lc_messages` it needs no locale of that language on the
      // machine.
      environment: language === undefined ? {} : { LANGUAGE: language },
    }),
  )
}

/**
 * Starts a streaming standby of a private PostgreSQL. `select pg_promote()` on it makes it a
 * primary.
 * @param {object} options
 * @param {import('./process.mjs').Server} options.primary
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const startStandby = async ({ primary }) => {
  const { command, account, folder, data } = place()
  const source = ['-h', '127.0.0.1', '-p', String(primary.port), '-U', 'postgres']
  const copy = ['-D', data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync', '-C', '-S', 'standby']
  await run(join(dirname(command), 'pg_basebackup'), [...source, ...copy], {
    ...account,
    cwd: folder,
  })
  const port = await freePort()
  return serve(
    planFor({ command, account, folder, port, settings: { wal_retrieve_retry_interval: '500ms' } }),
  )
}

const place = () => {
  const command = program('postgres', 'postgresql')
  const account = unprivileged('postgres')
  const folder = temporaryFolder(account)
  return { command, account, folder, data: join(folder, 'data') }
}

/**
 * @param {object} server
 * @param {string} server.command
 * @param {{ uid?: number, gid?: number }} server.account
 * @param {string} server.folder
 * @param {number} server.port
 * @param {Readonly<Record<string, string | number>>} server.settings
 * @param {Readonly<Record<string, string>>} [server.environment]
 * @returns {Parameters<typeof serve>[0]}
 */
const planFor = ({ command, account, folder, port, settings, environment = {} }) => {
  const data = join(folder, 'data')
  const all = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: 200,
    ...settings,
  }
  return {
    name: 'PostgreSQL',
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    folder,
    command,
    args: [
      '-D',
      data,
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    account,
    environment,
    orderly: 'SIGINT',
    // Not SIGKILL: the postmaster has to take its children with it.
    atOnce: 'SIGQUIT',
    isReady: (pid) => says(join(data, 'postmaster.pid'), pid),
  }
}

/**
 * The port opens before recovery is over; line 8 of postmaster.pid says so, also to pg_ctl.
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
