import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, run } from './step.mjs'

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * Native drivers compile against Node's headers; the ones installed beside Node save a download.
 */
const nodeHeaders = () => {
  const prefix = dirname(dirname(process.execPath))
  const present = existsSync(join(prefix, 'include', 'node', 'node_version.h'))
  return present && process.env['npm_config_nodedir'] === undefined
    ? { npm_config_nodedir: prefix }
    : {}
}

/**
 * Runs the pinned pnpm. npx comes with Node; corepack does not work with every registry.
 * @param {readonly string[]} args
 * @param {string} [cwd] the folder it runs in. Default: the repository's root
 */
export const pnpm = (args, cwd = root) =>
  run('npx', ['--loglevel=error', '--yes', packageManager, ...args], { env: nodeHeaders(), cwd })

/**
 * Installs what the lockfile says, and compiles the drivers that an install before left as they
 * are.
 * @param {'append-only' | 'silent'} reporter what is shown
 * @returns {Promise<number>} the exit code
 */
export const install = async (reporter) => {
  // The lockfile was checked when it was committed: to check its age again takes 270 MB of
  // metadata.
  const trusting = ['--frozen-lockfile', '--trust-lockfile', `--reporter=${reporter}`]
  const code = await pnpm(['install', ...trusting])
  return code === 0 ? pnpm(['rebuild', '--pending']) : code
}
