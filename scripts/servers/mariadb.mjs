import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unprivileged } from './account.mjs'
import { answers, freePort } from './port.mjs'
import { run, serve, temporaryFolder } from './process.mjs'
import { program } from './program.mjs'

/**
 * Starts a private MariaDB with an empty database `test`.
 * @param {object} [options]
 * @param {boolean} [options.durable] false trades the safety of a commit for speed. Default: true
 * @param {Readonly<Record<string, string | number | undefined>>} [options.settings] as in my.cnf,
 * long names with dashes; undefined for none
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const start = async ({ durable = true, settings = {} } = {}) => {
  const command = program('mariadbd', 'mariadb-server')
  const installDb = program('mariadb-install-db', 'mariadb-server')
  const account = unprivileged('mysql')
  const folder = temporaryFolder(account)
  const data = join(folder, 'data')
  await run(
    installDb,
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--tmpdir=${folder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    {
      ...account,
      cwd: folder,
    },
  )
  const initFile = join(folder, 'init.sql')
  writeFileSync(initFile, 'create database if not exists test character set utf8mb4;\n')
  const port = await freePort()
  const all = {
    datadir: data,
    // Servers that start side by side meet in the system's folder.
    tmpdir: folder,
    port,
    'bind-address': '127.0.0.1',
    socket: join(folder, 'mariadb.sock'),
    'pid-file': join(folder, 'mariadb.pid'),
    'init-file': initFile,
    'innodb-flush-log-at-trx-commit': durable ? 1 : 0,
    ...(durable ? {} : { 'innodb-flush-method': 'nosync', 'sync-frm': 0 }),
    'max-connections': 200,
    ...settings,
  }
  return serve({
    name: 'MariaDB',
    url: `mysql://root@127.0.0.1:${port}/test`,
    port,
    folder,
    command,
    args: [
      '--no-defaults',
      ...Object.entries(all).flatMap(([name, value]) =>
        value === undefined ? [] : [`--${name}=${value}`],
      ),
    ],
    account,
    orderly: 'SIGTERM',
    atOnce: 'SIGKILL',
    isReady: () => answers(port, { greets: true }),
  })
}
