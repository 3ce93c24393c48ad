import { execFileSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const isExecutable = (/** @type {string} */ path) => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Debian keeps each major version of PostgreSQL in a folder of its own, outside PATH: the newest
 * first.
 */
const postgresFolders = () => {
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a))
    return versions.map((version) => join('/usr/lib/postgresql', version, 'bin'))
  } catch {
    return []
  }
}

/**
 * @param {string} name
 * @returns {string | undefined}
 */
const find = (name) =>
  [
    ...postgresFolders(),
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/homebrew/bin',
  ]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable)

/**
 * Whether apt can install here without asking anybody.
 * @returns {string[] | undefined} what to put before `apt-get`
 */
const aptPrefix = () => {
  if (find('apt-get') === undefined) return undefined
  if (process.getuid?.() === 0) return []
  try {
    execFileSync('sudo', ['-n', 'true'], { stdio: 'ignore' })
    return ['sudo', '-n']
  } catch {
    return undefined
  }
}

/**
 * Tests run side by side and may want a program each at the same moment, where apt works for one at
 * a time: `flock` has ours wait for each other, apt's own option for somebody else's (apt.conf(5),
 * `DPkg::Lock::Timeout`, in seconds).
 * @param {string} aptPackage
 * @param {readonly string[]} prefix
 */
const install = (aptPackage, prefix) => {
  const lock = ['flock', '--timeout', '600', join(tmpdir(), 'knex-session-apt.lock')]
  const apt = (/** @type {string[]} */ ...args) => {
    const settings = ['-o', 'DPkg::Lock::Timeout=120', '-qq']
    const [command = '', ...rest] = [
      ...prefix,
      ...lock,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      ...settings,
      ...args,
    ]
    try {
      // apt's own output goes to stderr, so that a script's stdout stays its own.
      execFileSync(command, rest, { stdio: ['ignore', 2, 2] })
    } catch (error) {
      // Lists may be fresh enough without an update, and some post-install scripts fail only
      // because they cannot start a system service; whether the program is there is what counts.
      console.error(error instanceof Error ? error.message : error)
    }
  }
  console.error(`Installing ${aptPackage} with apt-get`)
  apt('update')
  apt('install', '-y', '--no-install-recommends', aptPackage)
}

/**
 * The path of a program; its Debian package is installed when it is missing and apt may be used.
 * @param {string} name
 * @param {string} aptPackage
 * @param {readonly string[]} [others] names of programs that do as well
 * @returns {string}
 */
export const program = (name, aptPackage, others = []) => {
  const present = [name, ...others].map(find).find((path) => path !== undefined)
  if (present !== undefined) return present
  const prefix = aptPrefix()
  if (prefix !== undefined) install(aptPackage, prefix)
  const installed = find(name)
  if (installed !== undefined) return installed
  throw new Error(
    `${name} was not found. Install it (Debian and Ubuntu: apt-get install ${aptPackage}) or put its folder on PATH.`,
  )
}
