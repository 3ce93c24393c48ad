import { join } from 'node:path'
import { install } from './consumer.mjs'
import { nodes } from './versions.mjs'

/**
 * A Node.js of a major version: the one that runs this where it is of that version, else npm's.
 * @typedef {object} NodeVersion
 * @property {number} major
 * @property {string} program its executable
 * @property {string} [headers] the folder to compile against; none for the Node.js that runs this
 * @property {string} [folder] where it was installed
 */

/**
 * @param {keyof typeof nodes} major
 * @returns {Promise<NodeVersion>}
 */
export const nodeOf = async (major) => {
  if (Number.parseInt(process.versions.node) === Number(major))
    return { major: Number(major), program: process.execPath }
  // The package downloads its executable by an install script, as another package that has the
  // headers too.
  const folder = await install([nodes[major]], { scripts: true })
  const headers = join(
    folder,
    'node_modules/node/node_modules',
    `node-${process.platform}-${process.arch}`,
  )
  return {
    major: Number(major),
    program: join(folder, 'node_modules/node/bin/node'),
    headers,
    folder,
  }
}
