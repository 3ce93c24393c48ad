import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'

/**
 * The secret that signs the cookies when the environment gives none: made at random the first time
 * and kept, so that sessions survive a restart. It has a file of its own, readable by its owner
 * only, and is not in the database: there are the session ids, and whoever gets hold of a copy of
 * them can do nothing without the secret. A real application gets its secret from its environment.
 * @param {string} file the database
 */
export const keptSecret = async (file) => {
  const path = `${file}.secret`
  try {
    // Fails when the file exists, so of two demos that start at once both use the secret that was
    // written first.
    await writeFile(path, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
  }
  const secret = (await readFile(path, 'utf8')).trim()
  // An empty secret would sign nothing; the moment between making and filling the file is such a
  // case too.
  if (secret.length < 32) throw new Error(`${path} holds no secret: delete it and start again`)
  return secret
}
