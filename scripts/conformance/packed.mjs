import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packBuilt } from '../steps/pack.mjs'
import { run } from '../steps/step.mjs'

/**
 * Installs the packed packages and others in a folder that was empty. The packages must have been
 * built.
 * @param {readonly string[]} others as `npm install` takes them
 * @returns {Promise<string>} the folder
 */
export const installPacked = async (others) => {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-packed-'))
  const files = (await packBuilt(join(folder, 'tarballs'))).map(({ tarball }) => tarball)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const code = await run('npm', [
    '--prefix',
    folder,
    'install',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...files,
    ...others,
  ])
  if (code !== 0) throw new Error(`npm install ended with exit code ${code}`)
  return folder
}

/**
 * Copies an installed package with what it needs: a driver that takes a minute to compile.
 * @param {string} folder that has node_modules
 * @param {string} name
 * @param {string} from a package in which it is installed
 */
export const copyInstalled = (folder, name, from) => {
  const manifest = createRequire(join(from, 'package.json')).resolve(`${name}/package.json`)
  cpSync(dirname(manifest), join(folder, 'node_modules', name), {
    recursive: true,
    dereference: true,
  })
  for (const dependency of Object.keys(createRequire(manifest)(manifest).dependencies ?? {})) {
    if (dependency !== 'prebuild-install') copyInstalled(folder, dependency, dirname(manifest))
  }
}
