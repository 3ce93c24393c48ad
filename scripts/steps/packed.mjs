import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './step.mjs'

/**
 * @typedef {{ readonly name: string, readonly version: string, readonly tarball: string }} Packed
 */

/**
 * The tarballs of the packages in a folder.
 * @param {string} folder
 * @param {object} [of]
 * @param {string} [of.checkout] the folder of the repository they were packed in. Default: this one
 * @param {readonly string[]} [of.names] their folders under packages/. Default: all
 * @returns {readonly Packed[]} in the order of their names, core first; throws when one is missing
 */
export const packedIn = (
  folder,
  { checkout = root, names = readdirSync(join(checkout, 'packages')) } = {},
) => {
  const files = readdirSync(folder)
  return [...names].sort().map((name) => {
    const manifest = JSON.parse(
      readFileSync(join(checkout, 'packages', name, 'package.json'), 'utf8'),
    )
    const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`
    if (!files.includes(file)) throw new Error(`${file} was not packed into ${folder}`)
    return { name: manifest.name, version: manifest.version, tarball: join(folder, file) }
  })
}
