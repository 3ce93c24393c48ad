import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'
import { compiledDriver } from './versions.mjs'

const apps = join(import.meta.dirname, '../apps')
const addons = 'node_modules/better-sqlite3/build/Release'

const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
// What an earlier run fetched is not asked for again, and a registry that does not answer is given
// up soon.
const network = ['--prefer-offline', '--fetch-retries=1', '--fetch-timeout=20000']

/**
 * Installs packages by npm into an empty folder outside this repository, as an application does,
 * and puts the apps beside them.
 * @param {readonly string[]} packages tarballs, and names with versions
 * @param {object} [options]
 * @param {boolean} [options.scripts] whether install scripts run; without it they do not, so that
 * nothing is compiled
 * @returns {Promise<string>} the folder
 */
export const install = async (packages, { scripts = false } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-consumer-'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  cpSync(apps, folder, { recursive: true })
  try {
    await run(
      'npm',
      ['install', ...quiet, ...network, ...(scripts ? [] : ['--ignore-scripts']), ...packages],
      {
        cwd: folder,
        timeout: 140_000,
      },
    )
  } catch (cause) {
    remove(folder)
    const names = packages.map((name) => name.split('/').at(-1)).join(', ')
    throw new Error(
      `npm could not install ${names} into an empty folder: it needs the registry, or its cache of an earlier run`,
      { cause },
    )
  }
  return folder
}

/**
 * Gives a consumer the better-sqlite3 12 that this repository compiled, which works on the Node.js
 * that runs this.
 * @param {string} folder
 */
export const copyDriver = (folder) => {
  mkdirSync(join(folder, addons), { recursive: true })
  copyFileSync(compiledDriver(), join(folder, addons, 'better_sqlite3.node'))
}

/** @param {string} folder */
export const remove = (folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
