// npm run docs: the pages of docs as a site with search, at an address that it prints.
// npm run docs -- build: the same as files in scripts/docs/site/dist; fails on a link that leads
// nowhere.
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from '../steps/step.mjs'

const site = join(root, 'scripts/docs/site')
const vitepress = join(site, 'node_modules/vitepress/bin/vitepress.js')

// A folder of its own: nothing else needs what it installs.
const install = () =>
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: site })

/** Has the pages be beside the packages that they are made with. */
const link = () => {
  const pages = join(site, 'pages')
  if (!existsSync(pages)) symlinkSync(join(root, 'docs'), pages, 'junction')
}

const [command = 'dev', ...options] = process.argv.slice(2)
link()
process.exitCode =
  (existsSync(vitepress) ? 0 : await install()) ||
  (await run(process.execPath, [vitepress, command, site, ...options]))
