import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * When the newest version of each store was published, as the npm registry says.
 * @param {Iterable<import('./stores.mjs').ComparedStore>} stores
 * @returns {Promise<Record<string, { version: string, date: string } | null | undefined>>} null
 * where it is not on the registry, undefined where the registry does not answer
 */
export async function releasesOf(stores) {
  const names = new Set([...stores].map(({ contender }) => contender.packages[0] ?? ''))
  /** @type {Record<string, { version: string, date: string } | null | undefined>} */
  const releases = {}
  for (const name of names) releases[name] = await releaseOf(name)
  return releases
}

/** @param {string} name */
async function releaseOf(name) {
  try {
    const { stdout } = await promisify(execFile)('npm', [
      ...['view', name, 'version', 'time', '--json'],
    ])
    const { version, time } = JSON.parse(stdout)
    return { version, date: time[version].slice(0, 10) }
  } catch (error) {
    return /E404/.test(String(error)) ? null : undefined
  }
}
