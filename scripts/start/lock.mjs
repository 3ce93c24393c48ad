// npm run demo:lock: writes what `npm start` installs, from the versions that the workspace has.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { root } from '../steps/step.mjs'

const folder = join(root, 'scripts/start')

/**
 * The manifest of what `npm start` installs: the dependencies of the demo but for ours, and esbuild,
 * which builds those.
 */
export const manifest = () => {
  const { dependencies } = JSON.parse(
    readFileSync(join(root, 'examples/demo/package.json'), 'utf8'),
  )
  const { catalog, catalogs } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))
  const versionOf = (/** @type {string} */ name, /** @type {string} */ specifier) =>
    specifier === 'catalog:' ? catalog[name] : catalogs[specifier.slice('catalog:'.length)][name]
  const fromNpm = Object.entries(dependencies).filter(
    ([name]) => !name.startsWith('@knex-session/'),
  )
  return {
    name: 'knex-session-demo',
    private: true,
    type: 'module',
    dependencies: {
      ...Object.fromEntries(fromNpm.map(([name, range]) => [name, versionOf(name, range)])),
      esbuild: catalog.esbuild,
    },
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  const lock = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']
  // With the addresses of the files, or npm has to ask for each package first.
  execFileSync('npm', [...lock, '--omit-lockfile-registry-resolved=false'], {
    cwd: folder,
    stdio: 'inherit',
  })
}
