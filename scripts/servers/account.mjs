import { execFileSync } from 'node:child_process'

/**
 * Database servers refuse to run as root: as root, the first of these accounts that exists runs
 * them.
 * @param {readonly string[]} names
 * @returns {{ uid?: number, gid?: number }} empty when we are not root
 */
export const unprivileged = (...names) => {
  if (process.getuid?.() !== 0) return {}
  for (const name of [...names, 'nobody']) {
    try {
      const id = (/** @type {string} */ flag) =>
        Number(
          execFileSync('id', [flag, name], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'ignore'],
          }),
        )
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // No such account: try the next.
    }
  }
  throw new Error(
    `Running as root, and none of the accounts ${names.join(', ')}, nobody exists to run a database server.`,
  )
}
