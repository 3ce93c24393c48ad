// npm start: the demo from a fresh clone, with nothing installed or built that it does not use. Arguments go to the demo.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { pnpm } from './pnpm.mjs'
import { root, run, step } from './step.mjs'

const demo = '@knex-session/example-demo'
const folder = 'examples/demo'

/** The packages the demo depends on, by their folders: what has to be built. */
const used = () => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@knex-session/'))
    .map((name) => name.slice('@knex-session/'.length))
}

// The workspace root is in for the compiler. Install scripts wait, because they would compile every native driver there is.
const install = () => pnpm(['install', '--frozen-lockfile', '--ignore-scripts', '--filter', 'knex-session', '--filter', `${demo}...`])
const compile = () => pnpm(['rebuild', 'better-sqlite3'])

const prepare = async () =>
  (await step('Installing what the demo needs', install)) &&
  (await step('Compiling the SQLite driver (about a minute the first time)', compile)) &&
  (await step('Building the packages it uses', () => build(used())))

console.log(`npm start: prepares and runs the demo in ${folder}.`)
if (await prepare()) {
  console.log('\n== Running the demo')
  process.exitCode = await run('npm', ['--loglevel=error', '--prefix', folder, 'start', '--', ...process.argv.slice(2)])
} else {
  process.exitCode = 1
}
