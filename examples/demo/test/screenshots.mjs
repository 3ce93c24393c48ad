// npm run demo:screenshots: writes the pictures of the demo in docs/images anew.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium as playwright } from 'playwright-core'
import { chromium } from '../../../scripts/servers/chromium.mjs'
import { startDemo } from '../src/server.mjs'

const images = fileURLToPath(new URL('../../../docs/images', import.meta.url))

/** Other devices of Ann's. */
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
]

const folder = mkdtempSync(join(tmpdir(), 'knex-session-demo-'))
const demo = await startDemo({ port: 0, file: join(folder, 'demo.sqlite') })
const browser = await playwright.launch({ executablePath: chromium() })

/** @param {import('playwright-core').BrowserContextOptions} options */
const logIn = async (options) => {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(demo.url)
  await page.getByRole('button', { name: 'Log in as Ann' }).click()
  await page.getByRole('heading', { name: 'Hello, Ann' }).waitFor()
  // Its script runs.
  await page.waitForLoadState()
  return page
}

/** @param {import('playwright-core').Page} page */
const tryEverything = async (page) => {
  await page.getByRole('button', { name: 'Send 2,000 visits' }).click()
  await page.getByText('visits were lost').waitFor()
  await page.getByRole('button', { name: 'Take the database away' }).click()
  await page.getByText('were answered').waitFor()
}

mkdirSync(images, { recursive: true })
try {
  for (const userAgent of agents) await logIn({ userAgent })
  const desktop = { viewport: { width: 1000, height: 700 } }
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const page = await logIn({ ...desktop, colorScheme })
    await tryEverything(page)
    await page.screenshot({ path: join(images, `demo-${colorScheme}.png`), fullPage: true })
    await page.getByRole('button', { name: 'Log out Ann' }).click()
  }
  const page = await logIn({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 1 })
  await page.screenshot({ path: join(images, 'demo-phone.png') })
} finally {
  await browser.close()
  await demo.close()
  rmSync(folder, { recursive: true })
}
