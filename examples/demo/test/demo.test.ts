import { readFile, stat } from 'node:fs/promises'
import { Browser, devicesOn, visitsOn } from './browser.js'
import { Rig } from './rig.js'

let rig: Rig

beforeEach(async () => (rig = await Rig.start()))
afterEach(() => rig.end())

it('stores nothing and sets no cookie before a log-in', async () => {
  const browser = new Browser()
  const page = await browser.get(rig.url)
  expect(page).toMatchObject({
    status: 200,
    text: expect.stringContaining('No session is stored yet.'),
  })
  expect(browser.cookie).toBe('')
})

it('counts the visits of a session', async () => {
  const [ann, bea] = [await rig.loggedIn('ann'), await rig.loggedIn('bea')]
  expect(visitsOn(await ann.get(rig.url))).toBe(2)
  expect(visitsOn(await ann.get(rig.url))).toBe(3)
  expect(visitsOn(await bea.get(rig.url))).toBe(2)
})

it('counts visits of one session that come at the same time', async () => {
  const ann = await rig.loggedIn('ann')
  const visits = Array.from({ length: 8 }, () => ann.post(`${rig.url}/visits`))
  for (const { status } of await Promise.all(visits)) expect(status).toBe(204)
  expect(visitsOn(await ann.get(rig.url))).toBe(10)
})

it('goes on counting after a restart', async () => {
  const ann = await rig.loggedIn('ann')
  await rig.restart()
  expect(visitsOn(await ann.get(rig.url))).toBe(2)
})

it('takes no cookie that another secret signed', async () => {
  const ann = await rig.loggedIn('ann')
  await rig.restart({ secret: 'another secret' })
  expect(visitsOn(await ann.get(rig.url))).toBeUndefined()
})

it('keeps a secret that only its owner may read', async () => {
  const path = `${rig.file}.secret`
  expect((await stat(path)).mode & 0o077).toBe(0)
  expect((await readFile(path, 'utf8')).trim()).toHaveLength(43)
})

it('deletes the session at log-out, and its old cookie is worth nothing', async () => {
  const ann = await rig.loggedIn('ann')
  const old = ann.cookie
  expect(await ann.post(`${rig.url}/logout`)).toMatchObject({ status: 303, location: '/' })
  expect(ann.cookie).toBe('')
  expect((await ann.get(rig.url)).text).toContain('You are logged out.')
  expect((await ann.get(rig.url)).text).not.toContain('You are logged out.')
  ann.cookie = old
  const page = await ann.get(rig.url)
  expect(visitsOn(page)).toBeUndefined()
  expect(page.text).toContain('You were logged out')
  expect(page.text).toContain('No session is stored yet.')
  expect((await ann.get(rig.url)).text).not.toContain('You were logged out')
})

it('gives a new id at log-in', async () => {
  const ann = await rig.loggedIn('ann')
  const before = ann.cookie
  await ann.post(`${rig.url}/login`, { user: 'ann' })
  expect(ann.cookie).not.toBe(before)
  expect(devicesOn(await ann.get(rig.url))).toHaveLength(1)
})

it('logs nobody in whom it does not know', async () => {
  for (const user of ['', 'root', '__proto__']) {
    const browser = new Browser()
    expect(await browser.post(`${rig.url}/login`, { user })).toMatchObject({ status: 400 })
    expect(browser.cookie).toBe('')
  }
})

it('shows its sessions to an admin, and to nobody else', async () => {
  const [ann, bea] = [await rig.loggedIn('ann'), await rig.loggedIn('bea')]
  const page = await bea.get(`${rig.url}/admin`)
  expect(page.status).toBe(200)
  expect(devicesOn(page).sort()).toEqual(['Ann', 'Bea'])
  for (const other of [ann, new Browser()]) {
    const { status, text } = await other.get(`${rig.url}/admin`)
    expect(status).toBe(404)
    expect(text).not.toContain('Firefox')
  }
  expect((await ann.get(rig.url)).text).not.toContain('/admin')
})

it('answers a wrong address with a page', async () => {
  const page = await new Browser().get(`${rig.url}/nowhere`)
  expect(page).toMatchObject({ status: 404, text: expect.stringContaining('Page not found') })
})
