// npm start: the demo from a fresh clone, with nothing installed or built that it does not use.
// Arguments go to the demo.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { readOptions, usage } from '../examples/demo/src/options.mjs'
import { readArguments } from './steps/arguments.mjs'
import { copyAndBuild, install, isInstalled, standalone } from './start/standalone.mjs'

/**
 * Does a step of the preparation, and says on one line what it is and how long it took.
 * @param {string} title
 * @param {() => Promise<void | number>} work may give an exit code
 * @returns {Promise<boolean>} whether it succeeded
 */
const step = async (title, work) => {
  process.stdout.write(`${title} ... `)
  const startedAt = performance.now()
  const code = (await work()) ?? 0
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  console.log(code === 0 ? `${seconds} s` : `failed after ${seconds} s (exit code ${code})`)
  return code === 0
}

const prepare = async () =>
  (isInstalled() || (await step('Installing what the demo needs, 15 MB', install))) &&
  (await step('Building the packages it uses', copyAndBuild))

/**
 * Runs the demo, which takes the user's directory from INIT_CWD, and ends after it: it closes by
 * itself on these signals. There is no npm in between, because the shell that npm starts dies of a
 * SIGTERM without handing it on. The npm of `npm start` itself has such a shell too, so its death
 * counts as the signal.
 */
const runDemo = async () => {
  const env = { INIT_CWD: process.cwd(), ...process.env }
  const child = spawn(
    process.execPath,
    [join(standalone, 'src/main.mjs'), ...process.argv.slice(2)],
    { env, stdio: 'inherit' },
  )
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill(signal))
  if (process.env['npm_lifecycle_event'] === 'start') {
    const { ppid } = process
    const watch = setInterval(() => {
      if (process.ppid === ppid) return
      clearInterval(watch)
      child.kill('SIGTERM')
    }, 1_000)
    watch.unref()
  }
  const [code] = await once(child, 'exit')
  return code ?? 1
}

// Found out before anything is installed.
const options = readArguments(readOptions, usage)
if (options !== undefined) process.exitCode = (await prepare()) ? await runDemo() : 1
