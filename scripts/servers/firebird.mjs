import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unprivileged } from './account.mjs'
import { answers, freePort } from './port.mjs'
import { serve, temporaryFolder } from './process.mjs'
import { program } from './program.mjs'

const aptPackage = 'firebird3.0-server'

/** The folder of the engine's plugins and character sets, in which Debian has one for each version. */
const engineFolder = () => {
  const parents = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'firebird/3.0'))
  const found = parents.find((folder) => existsSync(join(folder, 'plugins')))
  if (found === undefined)
    throw new Error(`no plugins of Firebird 3.0 in /usr/lib; install ${aptPackage}`)
  return found
}

/**
 * Starts a private Firebird 3 with an empty database, whose user `SYSDBA` has the password
 * `masterkey`. It has its own configuration, users and lock files, and has nothing to do with the
 * service of the system.
 * @param {object} [options]
 * @param {boolean} [options.durable] false trades the safety of a commit for speed. Default: true
 * @param {Readonly<Record<string, string | number>>} [options.settings] as in firebird.conf
 * @returns {Promise<import('./process.mjs').Server>}
 */
export const start = async ({ durable = true, settings = {} } = {}) => {
  const command = program('firebird', aptPackage)
  const isql = program('isql-fb', 'firebird3.0-utils', ['isql'])
  const account = unprivileged('firebird')
  const folder = temporaryFolder(account)
  const port = await freePort()
  const users = join(folder, 'security3.fdb')
  const database = join(folder, 'test.fdb')
  const engine = engineFolder()
  for (const name of ['plugins', 'intl']) symlinkSync(join(engine, name), join(folder, name))
  copyFileSync(join(engine, 'plugins.conf'), join(folder, 'plugins.conf'))
  writeFileSync(join(folder, 'databases.conf'), '')
  const all = {
    RemoteBindAddress: '127.0.0.1',
    RemoteServicePort: port,
    SecurityDatabase: users,
    // The password's hash of the other plugin costs a client 0.2 s for each connection.
    AuthServer: 'Legacy_Auth',
    UserManager: 'Legacy_UserManager',
    WireCrypt: 'Disabled',
    ...settings,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}\n`)
  writeFileSync(join(folder, 'firebird.conf'), lines.join(''))
  const environment = { FIREBIRD: folder, FIREBIRD_LOCK: folder, FIREBIRD_TMP: folder }
  const place = { ...account, cwd: folder }
  await execute(isql, ['-quiet', '-bail', '-user', 'SYSDBA'], place, environment, [
    `create database '${users}' page_size 8192;`,
    'commit;',
    'in /usr/share/firebird/3.0/security.sql;',
    `create database '${database}' page_size 8192 default character set utf8;`,
    'commit;',
  ])
  if (!durable)
    await execute('gfix', ['-user', 'SYSDBA', '-write', 'async', database], place, environment)
  return serve({
    name: 'Firebird',
    url: `firebird://SYSDBA:masterkey@127.0.0.1:${port}${database}?pluginName=Legacy_Auth`,
    port,
    folder,
    command,
    args: [],
    account,
    environment,
    orderly: 'SIGTERM',
    atOnce: 'SIGKILL',
    isReady: () => answers(port),
  })
}

/** What the installed server says it is, for example `Firebird 3.0.11`. */
export const version = () => {
  const said = execFileSync(program('firebird', aptPackage), ['-z'], { encoding: 'utf8' })
  return `Firebird ${/V(\d+\.\d+\.\d+)/.exec(said)?.[1] ?? 'of unknown version'}`
}

/**
 * Runs one of Firebird's programs, which work on files without a server, to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ uid?: number, gid?: number, cwd: string }} account
 * @param {Readonly<Record<string, string>>} environment
 * @param {readonly string[]} [input] lines
 */
const execute = async (command, args, account, environment, input = []) => {
  const child = spawn(command, args, {
    ...account,
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => (said += chunk))
  child.stdin.end(input.join('\n'))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with exit code ${code}:\n${said}`)
}
