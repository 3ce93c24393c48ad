import { readFileSync, readdirSync, writeFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import express from 'express'
import { chromium as playwright } from 'playwright-core'
import { listen } from '../../packages/dialect-testkit/src/http/listen.js'
import { chromium } from '../../scripts/servers/chromium.mjs'
import { root, run } from '../../scripts/steps/step.mjs'

const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8')

// The button of the theme that opens the search shows its keys beside its name.
const rules = `{ 'label-content-name-mismatch': { enabled: false } }`

const dist = join(root, 'scripts/docs/site/dist')
const build = (stdio: 'inherit' | 'ignore' = 'inherit') =>
  run(process.execPath, ['scripts/docs/site.mjs', 'build'], { stdio })

beforeAll(async () => {
  expect(await build()).toBe(0)
}, 300_000)

it('the site has every page of docs', () => {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.replace(/README\.md$/, 'index.html').replace(/\.md$/, '.html'))
  const made = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  expect(pages.filter((page) => !made.includes(page))).toEqual([])
})

it('has every page but the decisions and the reference in its menu', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8')
  const menu = html.slice(html.indexOf('VPSidebar'), html.indexOf('class="VPContent'))
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(?!adr|api|README).*\.md$/.test(file))
    .map((file) => `href="/${file.replace(/\.md$/, '')}"`)
  expect(pages.length).toBeGreaterThan(20)
  expect(pages.filter((page) => !menu.includes(page))).toEqual([])
})

it('finds a page by its search, without a server, and axe has nothing against it', async () => {
  const app = express()
  app.use(express.static(dist, { extensions: ['html'] }))
  const server = await listen(app)
  const browser = await playwright.launch({ executablePath: chromium() })
  try {
    const page = await browser.newPage()
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (/^http/.test(request.url()) && !request.url().startsWith(server.url))
        elsewhere.push(request.url())
    })
    await page.goto(`${server.url}/errors`)
    await page.getByRole('button', { name: 'Search' }).first().click()
    await page.getByRole('searchbox').fill('PgBouncer')
    await page
      .getByRole('option', { name: /behind PgBouncer/ })
      .first()
      .waitFor()
    await page.keyboard.press('Escape')
    for (const path of ['/', '/errors', '/guides/list-sessions']) {
      await page.goto(server.url + path)
      const found = await page.evaluate<readonly string[]>(
        `${axe}; axe.run({ rules: ${rules} }).then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes[0].html.slice(0, 200)))`,
      )
      expect({ path, found }).toEqual({ path, found: [] })
    }
    expect(elsewhere).toEqual([])
  } finally {
    await browser.close()
    await server.close()
  }
}, 600_000)

it('is not made when a link leads nowhere', async () => {
  const page = join(root, 'docs/of-a-test.md')
  writeFileSync(page, '# Of a test\n\n[gone](/no-such-page)\n')
  try {
    expect(await build('ignore')).toBe(1)
  } finally {
    rmSync(page)
  }
}, 300_000)
