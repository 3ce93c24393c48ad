// npm start: the demo from a fresh clone, with nothing installed or built that it does not use.
// Arguments go to the demo.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { readOptions, usage } from '../examples/demo/src/options.mjs'
import { build } from './build.mjs'
import { pnpm } from './steps/pnpm.mjs'
import { root, step } from './steps/step.mjs'

const demo = '@knex-session/example-demo'
const folder = 'examples/demo'

/** The packages the demo depends on, by their folders: what has to be built. */
const used = () => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@knex-session/'))
    .map((name) => name.slice('@knex-session/'.length))
}

/**
 * Whether the SQLite driver works as it is. Compiling takes as long every time, and a change of
 * Node.js makes it necessary again.
 */
const compiled = () => {
  try {
    const Database = createRequire(join(root, folder, 'package.json'))('better-sqlite3')
    new Database(':memory:').close()
    return true
  } catch {
    return false
  }
}

/**
 * Only errors: what packages that the demo does not use ask of Node.js is no concern of whoever
 * starts it.
 */
const quietPnpm = (/** @type {readonly string[]} */ args) => pnpm(['--loglevel=error', ...args])

// The workspace root is in for the compiler. Install scripts wait, because they would compile every
// native driver there is. The lockfile was checked when it was committed: to check its age again
// takes 270 MB of metadata.
const install = () =>
  quietPnpm([
    'install',
    '--frozen-lockfile',
    '--trust-lockfile',
    '--ignore-scripts',
    '--filter',
    'knex-session',
    '--filter',
    `${demo}...`,
  ])

// Without the filter it would install the whole workspace.
const compile = () => quietPnpm(['--filter', `${demo}...`, 'rebuild', 'better-sqlite3'])

const prepare = async () =>
  (await step('Installing what the demo needs', install)) &&
  (compiled() ||
    (await step(
      'Compiling the SQLite driver, of which there is none ready-made for this Node.js (about a minute)',
      compile,
    ))) &&
  (await step('Building the packages it uses', () => build(used())))

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
    [join(root, folder, 'src/main.mjs'), ...process.argv.slice(2)],
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

/**
 * What the arguments ask for, found out before anything is installed; undefined where they are
 * wrong, which has been said then.
 */
const readArguments = () => {
  try {
    return readOptions(process.argv.slice(2), process.env)
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${usage}`)
    return undefined
  }
}

const main = async () => {
  const options = readArguments()
  if (options === undefined) return 1
  if (options.help) {
    console.log(usage)
    return 0
  }
  console.log(`npm start: prepares and runs the demo in ${folder}.`)
  if (!(await prepare())) return 1
  console.log('\n== Running the demo')
  return runDemo()
}

process.exitCode = await main()
