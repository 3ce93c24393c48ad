// The demo as it stands by itself, in examples/demo/dist: a copy of it, the packages it needs from
// npm, and ours, built from their sources. So `npm start` needs neither pnpm nor the compiler nor
// what the tests of the repository need, and leaves what is installed for those as it is.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { bundle } from '../build.mjs'
import { root, run } from '../steps/step.mjs'

const source = join(root, 'examples/demo')
export const standalone = join(source, 'dist')

/** `package.json` and `package-lock.json` of what is installed: `npm run demo:lock` writes them. */
const manifests = join(root, 'scripts/start')
const lock = 'package-lock.json'

/** Whether the packages are there already; npm writes its hidden lockfile last. */
export const isInstalled = () =>
  existsSync(join(standalone, 'node_modules/.package-lock.json')) &&
  readFileSync(join(standalone, lock), 'utf8') === readFileSync(join(manifests, lock), 'utf8')

/**
 * Installs the packages by the lockfile. None of them runs a script: their binaries are on npm.
 * @returns {Promise<number>} npm's exit code
 */
export const install = () => {
  mkdirSync(standalone, { recursive: true })
  for (const file of ['package.json', lock])
    copyFileSync(join(manifests, file), join(standalone, file))
  const ci = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env['npm_execpath'] ?? ''
  // Its output on success says nothing that the reader needs.
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = ['ignore', 'ignore', 'inherit']
  return basename(npm) === 'npm-cli.js'
    ? run(process.execPath, [npm, ...ci], { cwd: standalone, stdio })
    : run('npm', ci, { cwd: standalone, stdio })
}

/** Copies the demo, and builds the packages of the repository that it uses. */
export const copyAndBuild = async () => {
  for (const entry of ['src', 'public', 'views']) {
    rmSync(join(standalone, entry), { recursive: true, force: true })
    cpSync(join(source, entry), join(standalone, entry), { recursive: true })
  }
  const { build } = createRequire(join(standalone, 'package.json'))('esbuild')
  for (const name of used()) {
    const from = join(root, 'packages', name)
    const into = join(standalone, 'node_modules/@knex-session', name)
    rmSync(into, { recursive: true, force: true })
    mkdirSync(into, { recursive: true })
    for (const file of readdirSync(from).filter((file) => /^package\.json$|\.[cm]js$/.test(file)))
      copyFileSync(join(from, file), join(into, file))
    await bundle(from, { into, build })
  }
}

/** The packages of the repository that the demo depends on, by their folders. */
const used = () => {
  const { dependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@knex-session/'))
    .map((name) => name.slice('@knex-session/'.length))
}
