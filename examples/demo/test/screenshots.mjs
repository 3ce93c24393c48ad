// npm run demo:screenshots: writes the pictures of the demo in docs/images anew.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium as playwright } from 'playwright-core'
import { chromium } from '../../../scripts/servers/chromium.mjs'
import { startDemo } from '../src/server.mjs'
import { animatedWebp } from './animated-webp.mjs'

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {{ readonly width: number, readonly height: number }} Size
 */

const images = fileURLToPath(new URL('../../../docs/images', import.meta.url))
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1'

const folder = mkdtempSync(join(tmpdir(), 'knex-session-demo-'))
const demo = await startDemo({ port: 0, file: join(folder, 'demo.sqlite') })
const browser = await playwright.launch({ executablePath: chromium() })

/** @param {import('playwright-core').BrowserContextOptions} options */
const open = async (options) => {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(demo.url)
  return page
}

/** @param {Page} page */
const logIn = async (page) => {
  await page.getByRole('button', { name: 'Log in as Ann' }).click()
  await page.getByRole('heading', { name: 'Hello, Ann' }).waitFor()
  // Its script runs.
  await page.waitForLoadState()
  return page
}

/** @param {Page} page */
const tryEverything = async (page) => {
  await page.getByRole('button', { name: 'Send 2,000 visits' }).click()
  await page.getByText('visits were lost').waitFor()
  await page.getByRole('button', { name: 'Take the database away' }).click()
  await page.getByText('were answered').waitFor()
}

/**
 * What a page shows, as a lossy WebP.
 * @param {Page} page
 * @param {object} [options]
 * @param {boolean} [options.whole] all of it, and not only what the window has room for
 */
const pictureOf = async (page, { whole = false } = {}) => {
  const session = await page.context().newCDPSession(page)
  const height = await page.evaluate('document.documentElement.scrollHeight')
  const size = page.viewportSize()
  if (whole && size) await page.setViewportSize({ ...size, height: Number(height) })
  const options = /** @type {const} */ ({ format: 'webp', quality: 80 })
  const { data } = await session.send('Page.captureScreenshot', options)
  return Buffer.from(data, 'base64')
}

/** A device that is logged out by another one, side by side. */
const writeAnimation = async () => {
  const viewport = { width: 440, height: 680 }
  const here = await open({ viewport, userAgent: firefox })
  const there = await open({ viewport, userAgent: safari })
  const size = { width: 2 * viewport.width + 12, height: viewport.height }
  const both = await browser.newPage({ viewport: size })
  /** @type {{ webp: Buffer, ms: number }[]} */
  const frames = []
  const take = async (/** @type {number} */ ms) => {
    const pictures = await Promise.all([here, there].map((page) => pictureOf(page)))
    const sources = pictures.map((webp) => `data:image/webp;base64,${webp.toString('base64')}`)
    await both.setContent(
      `<body style="display:flex;gap:12px;margin:0;background:#535c6c">${sources.map((source) => `<img src="${source}">`).join('')}`,
    )
    frames.push({ webp: await pictureOf(both), ms })
  }
  await logIn(here)
  await take(2_000)
  await logIn(there)
  await here.locator('#devices li').nth(1).waitFor()
  await take(3_000)
  const button = here.getByRole('button', { name: 'Log out Safari' })
  await button.focus()
  await take(1_500)
  await button.press('Enter')
  await here.getByText('That device is logged out.').waitFor()
  await there.getByText('You were logged out').waitFor()
  await take(4_000)
  writeFileSync(join(images, 'demo.webp'), animatedWebp(frames, size))
  for (const page of [here, there, both]) await page.context().close()
}

mkdirSync(images, { recursive: true })
try {
  await writeAnimation()
  for (const userAgent of [firefox, safari]) await logIn(await open({ userAgent }))
  const desktop = { viewport: { width: 1000, height: 700 } }
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const page = await logIn(await open({ ...desktop, colorScheme }))
    await tryEverything(page)
    const picture = await pictureOf(page, { whole: true })
    writeFileSync(join(images, `demo-${colorScheme}.webp`), picture)
    await page.getByRole('button', { name: 'Log out Ann' }).click()
  }
  const page = await logIn(await open({ viewport: { width: 360, height: 740 } }))
  writeFileSync(join(images, 'demo-phone.webp'), await pictureOf(page))
} finally {
  await browser.close()
  await demo.close()
  rmSync(folder, { recursive: true })
}
