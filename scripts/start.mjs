// npm start: the demo from a fresh clone, with nothing installed or built that it does not use. Arguments go to the demo.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from './build.mjs'
import { pnpm } from './pnpm.mjs'
import { root, step } from './step.mjs'

const demo = '@knex-session/example-demo'
const folder = 'examples/demo'

/** The packages the demo depends on, by their folders: what has to be built. */
const used = () => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@knex-session/'))
    .map((name) => name.slice('@knex-session/'.length))
}

/** Whether the SQLite driver works as it is. Compiling takes as long every time, and a change of Node.js makes it necessary again. */
const compiled = () => {
  try {
    const Database = createRequire(join(root, folder, 'package.json'))('better-sqlite3')
    new Database(':memory:').close()
    return true
  } catch {
    return false
  }
}

// The workspace root is in for the compiler. Install scripts wait, because they would compile every native driver there is.
const install = () => pnpm(['install', '--frozen-lockfile', '--ignore-scripts', '--filter', 'knex-session', '--filter', `${demo}...`])
const compile = async () => (compiled() ? 0 : pnpm(['rebuild', 'better-sqlite3']))

const prepare = async () =>
  (await step('Installing what the demo needs', install)) &&
  (await step('Compiling the SQLite driver (about a minute the first time)', compile)) &&
  (await step('Building the packages it uses', () => build(used())))

/**
 * Runs the demo, which takes the user's directory from INIT_CWD, and ends after it: it closes by itself on these signals. There is no npm in
 * between, because the shell that npm starts dies of a SIGTERM without handing it on. The npm of `npm start` itself has such a shell too, so
 * its death counts as the signal.
 */
const runDemo = async () => {
  const env = { INIT_CWD: process.cwd(), ...process.env }
  const child = spawn(process.execPath, [join(root, folder, 'src/main.mjs'), ...process.argv.slice(2)], { env, stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal))
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

console.log(`npm start: prepares and runs the demo in ${folder}.`)
if (await prepare()) {
  console.log('\n== Running the demo')
  process.exitCode = await runDemo()
} else {
  process.exitCode = 1
}
