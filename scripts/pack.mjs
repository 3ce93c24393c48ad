import { resolve } from 'node:path'
import { build, everyPackage } from './build.mjs'
import { packedIn } from './packed.mjs'
import { pnpm } from './pnpm.mjs'

/**
 * Builds every package and packs it as it is published.
 * @param {string} folder where the tarballs go
 * @returns {Promise<readonly import('./packed.mjs').Packed[]>}
 */
export const pack = async (folder) => {
  if ((await build(everyPackage())) !== 0) throw new Error('The packages do not build, so there is nothing to pack.')
  return packBuilt(folder)
}

/**
 * Packs every package, built already, as it is published. pnpm does it, because it replaces the `workspace:` and `catalog:` ranges.
 * @param {string} folder where the tarballs go
 * @returns {Promise<readonly import('./packed.mjs').Packed[]>}
 */
export const packBuilt = async (folder) => {
  const code = await pnpm(['--recursive', '--reporter=silent', '--filter=./packages/*', 'pack', `--pack-destination=${resolve(folder)}`])
  if (code !== 0) throw new Error(`pnpm pack ended with the exit code ${code}.`)
  return packedIn(folder)
}
