import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs a command, its output shown as it comes.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {object} [options]
 * @param {Readonly<Record<string, string>>} [options.env] set beside what is set already
 * @param {string} [options.cwd] the folder it runs in. Default: the repository's root
 * @param {import('node:child_process').StdioOptions} [options.stdio] Default: all of it is shown
 * @returns {Promise<number>} its exit code
 */
export const run = async (command, args, { env = {}, cwd = root, stdio = 'inherit' } = {}) => {
  const child = spawn(command, args, { cwd, stdio, env: { ...process.env, ...env } })
  const [code, signal] = await once(child, 'exit')
  return code ?? (signal === 'SIGINT' ? 130 : 1)
}

/**
 * Says what is about to happen, does it, and says how long it took.
 * @param {string} title
 * @param {() => Promise<number>} work gives an exit code
 * @returns {Promise<boolean>} whether it succeeded
 */
export const step = async (title, work) => {
  const startedAt = Date.now()
  console.log(`\n== ${title}`)
  const code = await work()
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1)
  console.log(
    code === 0
      ? `   done in ${seconds} s: ${title}`
      : `   FAILED after ${seconds} s: ${title} (exit code ${code})`,
  )
  return code === 0
}
