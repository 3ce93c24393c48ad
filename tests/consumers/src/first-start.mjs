import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { environment } from './run.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Copies what git knows of the repository: a clone, with what is not committed yet.
 * @param {string} into
 */
export const copyRepository = (into) => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  for (const file of files.split('\0').filter((name) => name !== ''))
    cpSync(join(root, file), join(into, file))
}

/**
 * Runs `npm start` until it says where the demo is, asks for its page, and ends it.
 * @param {object} options
 * @param {string} options.program the Node.js
 * @param {string} options.checkout
 * @param {string} options.cache npm's
 * @param {boolean} options.offline whether everything has to be in the cache
 */
export const startDemo = async ({ program, checkout, cache, offline }) => {
  const startedAt = performance.now()
  const file = join(checkout, 'demo.sqlite')
  const child = spawn(program, ['scripts/start.mjs', '--port', '0', '--file', file], {
    cwd: checkout,
    env: environment({
      PATH: `${dirname(program)}${delimiter}${process.env['PATH'] ?? ''}`,
      npm_config_cache: cache,
      npm_config_offline: String(offline),
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += chunk))
  /** @type {string[]} */
  const lines = []
  let status = 0
  let seconds = Infinity
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    const url = /The demo runs at (\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    seconds = (performance.now() - startedAt) / 1_000
    status = (await fetch(url)).status
    child.kill('SIGTERM')
  }
  const [code] = await ended
  return { seconds, lines, errors, status, code }
}
