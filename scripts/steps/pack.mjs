import { resolve } from 'node:path'
import { build, everyPackage } from '../build.mjs'
import { packedIn } from './packed.mjs'
import { pnpm } from './pnpm.mjs'
import { root } from './step.mjs'

/**
 * Builds every package and packs it as it is published.
 * @param {string} folder where the tarballs go
 * @returns {Promise<readonly import('./packed.mjs').Packed[]>}
 */
export const pack = async (folder) => {
  if ((await build(everyPackage())) !== 0)
    throw new Error('The packages do not build, so there is nothing to pack.')
  return packBuilt(folder)
}

/**
 * Packs packages, built already, as they are published. pnpm does it, because it replaces the
 * `workspace:` and `catalog:` ranges.
 * @param {string} folder where the tarballs go
 * @param {object} [of]
 * @param {string} [of.checkout] the folder of the repository to pack in, its packages installed.
 * Default: this one
 * @param {readonly string[]} [of.names] folders under packages/. Default: all
 * @returns {Promise<readonly import('./packed.mjs').Packed[]>}
 */
export const packBuilt = async (folder, { checkout = root, names = everyPackage() } = {}) => {
  const filters = names.map((name) => `--filter=./packages/${name}`)
  const code = await pnpm(
    [
      '--recursive',
      '--reporter=silent',
      ...filters,
      'pack',
      `--pack-destination=${resolve(folder)}`,
    ],
    checkout,
  )
  if (code !== 0) throw new Error(`pnpm pack ended with the exit code ${code}.`)
  return packedIn(folder, { checkout, names })
}
