// npm run docs: the pages of docs as a site with search, at an address that it prints.
// npm run docs -- build: the same as files in scripts/docs/site/dist; fails on a link that leads
// nowhere.
// Options after the command go to VitePress.
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

const usage = `Usage: npm run docs -- [dev | build | preview] [options of VitePress, such as --port 8080]

  dev      the site at an address that it prints, anew after each change of a page (default)
  build    the site as files in scripts/docs/site/dist; fails on a link that leads nowhere
  preview  those files at an address that it prints`

const args = process.argv.slice(2)
const command = args[0] === undefined || args[0].startsWith('-') ? 'dev' : args.shift()

const main = async () => {
  if (args.some((arg) => ['--help', '-h'].includes(arg))) return console.log(usage)
  if (!['dev', 'build', 'preview'].includes(`${command}`)) {
    console.error(`Unknown command '${command}'.\n\n${usage}`)
    return 1
  }
  link()
  const installed = existsSync(vitepress) ? 0 : await install()
  return installed || run(process.execPath, [vitepress, `${command}`, site, ...args])
}

process.exitCode = (await main()) ?? 0
