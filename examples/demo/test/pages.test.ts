import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  chromium as playwright,
  type Browser,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'
import { chromium } from '../../../scripts/servers/chromium.mjs'
import { Rig } from './rig.js'

const axe = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8')

let rig: Rig
let browser: Browser

// Where there is no Chromium, it is installed first.
const longest = 600_000
beforeAll(async () => (browser = await playwright.launch({ executablePath: chromium() })), longest)
afterAll(() => browser.close())
beforeEach(async () => (rig = await Rig.start()))
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await rig.end()
})

/** The log-in page, in a browser of its own. */
async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(rig.url)
  return page
}

async function logIn(user: 'Ann' | 'Bea', options?: BrowserContextOptions): Promise<Page> {
  const page = await open(options)
  await page.getByRole('button', { name: `Log in as ${user}` }).click()
  await page.getByRole('heading', { name: `Hello, ${user}` }).waitFor()
  // Its script runs.
  await page.waitForLoadState()
  return page
}

const devicesOn = (page: Page) => page.locator('#devices li')

/** What axe has against a page, and whether it is wider than its window. */
async function faultsOf(page: Page): Promise<unknown> {
  // Past the policy of the page, which lets no other script in.
  const { violations } = await page.evaluate<{
    readonly violations: readonly { readonly id: string; readonly nodes: readonly object[] }[]
  }>(`${axe}; axe.run()`)
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  return { violations: violations.map(({ id, nodes }) => ({ id, nodes })), overflow }
}

it.each<[name: string, options: BrowserContextOptions]>([
  ['light, on a desktop', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark, on a phone', { colorScheme: 'dark', viewport: { width: 320, height: 640 } }],
])('no page has a fault that axe finds, or is too wide: %s', async (_name, options) => {
  const none = { violations: [], overflow: 0 }
  await logIn('Bea')
  const page = await open(options)
  expect(await faultsOf(page)).toEqual(none)
  await page.getByRole('button', { name: 'Log in as Bea' }).click()
  await devicesOn(page).nth(1).waitFor()
  expect(await faultsOf(page)).toEqual(none)
  for (const path of ['/admin', '/nowhere']) {
    await page.goto(rig.url + path)
    expect(await faultsOf(page)).toEqual(none)
  }
})

it('a device that logs in appears on the others at once, and one that is logged out falls back to the log-in', async () => {
  const here = await logIn('Ann')
  expect(await devicesOn(here).count()).toBe(1)
  const there = await logIn('Ann')
  await devicesOn(here).nth(1).waitFor()
  await here.getByRole('button', { name: 'Log out Chrome on Linux' }).click()
  await here.getByText('That device is logged out.').waitFor()
  await there.getByText('You were logged out').waitFor()
  await there.getByRole('button', { name: 'Log in as Ann' }).waitFor()
})

it('sends a crowd, and compares', async () => {
  const page = await logIn('Ann')
  await page.getByRole('button', { name: 'Send 2,000 visits' }).click()
  await page.getByText('0 visits were lost.').waitFor()
  const figure = async (name: string) =>
    Number((await page.locator(`[data-figure=${name}]`).innerText()).replace(',', ''))
  expect(await figure('single-statements')).toBe(4_000)
  expect(await figure('shared-statements')).toBeLessThan(100)
})

it('takes the database away, and every visit is answered', async () => {
  const page = await logIn('Ann')
  await page.getByRole('button', { name: 'Take the database away' }).click()
  await page.getByText('16 visits were sent, 16 were answered.').waitFor()
  expect(await page.locator('#requests .answered').count()).toBe(16)
  expect(await devicesOn(page).first().innerText()).toContain('17 visits')
})

it('says that the demo is stopped, and that the user is still logged in when it runs again', async () => {
  const page = await logIn('Ann')
  const restarted = rig.restart({ port: Number(new URL(rig.url).port) })
  await page.getByText('The demo is not running.').waitFor()
  await restarted
  await page.getByText('you are still logged in').first().waitFor()
  await page.getByText('The demo is running again, and you are still logged in.').waitFor()
})

it('works by the keyboard, and without a script', async () => {
  await logIn('Ann')
  const page = await open({ javaScriptEnabled: false })
  for (const _ of ['brand', 'Ann']) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await devicesOn(page).nth(1).waitFor()
  await page.getByRole('button', { name: 'Log out all other devices' }).press('Enter')
  await page.getByText('All your other devices are logged out.').waitFor()
  await page.getByRole('button', { name: 'Take the database away' }).press('Enter')
  await page.getByText('The database was away.').waitFor()
})
