import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startDemo } from '../src/server.mjs'
import { Browser, keysOn, usersOn, visitsOn } from './browser.js'

let folder: string
let file: string
let demo: Awaited<ReturnType<typeof startDemo>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'knex-session-demo-'))
  file = join(folder, 'demo.sqlite')
  demo = await startDemo({ port: 0, file })
})

afterEach(async () => {
  await demo.close()
  await rm(folder, { recursive: true })
})

const restart = async (secret?: string): Promise<void> => {
  await demo.close()
  demo = await startDemo({ port: 0, file, secret })
}

const loggedIn = async (name: string): Promise<Browser> => {
  const browser = new Browser()
  expect(await browser.post(`${demo.url}/login`, { name })).toMatchObject({
    status: 303,
    location: '/',
  })
  return browser
}

it('stores nothing and sets no cookie before a log-in', async () => {
  const browser = new Browser()
  const page = await browser.get(demo.url)
  expect(page).toMatchObject({
    status: 200,
    text: expect.stringContaining('No session is stored yet.'),
  })
  expect(browser.cookie).toBe('')
})

it('counts the visits of a session', async () => {
  const [ann, bob] = [await loggedIn('Ann'), await loggedIn('Bob')]
  expect(visitsOn(await ann.get(demo.url))).toBe(1)
  expect(visitsOn(await ann.get(demo.url))).toBe(2)
  expect(visitsOn(await bob.get(demo.url))).toBe(1)
})

it('goes on counting after a restart', async () => {
  const ann = await loggedIn('Ann')
  await ann.get(demo.url)
  await restart()
  const page = await ann.get(demo.url)
  expect(visitsOn(page)).toBe(2)
  expect(usersOn(page)).toEqual(['Ann'])
})

it('takes no cookie that another secret signed', async () => {
  const ann = await loggedIn('Ann')
  await restart('another secret')
  expect(visitsOn(await ann.get(demo.url))).toBeUndefined()
})

it('keeps a secret that only its owner may read', async () => {
  const path = `${file}.secret`
  expect((await stat(path)).mode & 0o077).toBe(0)
  expect((await readFile(path, 'utf8')).trim()).toHaveLength(43)
})

it('lists the live sessions of the user, the one seen last first, and never shows an id', async () => {
  const [first, second, bob] = [await loggedIn('Ann'), await loggedIn('Ann'), await loggedIn('Bob')]
  await second.get(demo.url)
  await setTimeout(5)
  const page = await first.get(demo.url)
  expect(usersOn(page)).toEqual(['Ann', 'Ann'])
  expect(page.text.indexOf('This one')).toBeLessThan(page.text.indexOf('>Revoke<'))
  expect(usersOn(await bob.get(demo.url))).toEqual(['Bob'])
  for (const { cookie } of [first, second, bob]) {
    const sid = /s:([^.]+)\./.exec(decodeURIComponent(cookie))![1]!
    expect(sid.length).toBeGreaterThan(20)
    expect(page.text).not.toContain(sid.slice(0, 8))
  }
})

it('ends the session that is revoked and no other', async () => {
  const [here, there, bob] = [await loggedIn('Ann'), await loggedIn('Ann'), await loggedIn('Bob')]
  const keys = keysOn(await here.get(demo.url))
  expect(keys).toHaveLength(1)
  expect(await here.post(`${demo.url}/revoke`, { key: keys[0]! })).toMatchObject({
    status: 303,
    location: '/',
  })
  expect((await here.get(demo.url)).text).toContain('The session is revoked.')
  expect((await here.get(demo.url)).text).not.toContain('The session is revoked.')
  expect(await here.post(`${demo.url}/revoke`, { key: keys[0]! })).toMatchObject({
    status: 303,
    location: '/',
  })
  expect((await there.get(demo.url)).text).toContain('Your session has ended')
  expect((await here.get(demo.url)).text).toContain('That session had ended already.')
  expect(visitsOn(await here.get(demo.url))).toBe(5)
  expect(visitsOn(await bob.get(demo.url))).toBe(1)
})

it('revokes nothing for another user, nor for someone who is not logged in', async () => {
  const [here, there, bob] = [await loggedIn('Ann'), await loggedIn('Ann'), await loggedIn('Bob')]
  const key = keysOn(await here.get(demo.url))[0]!
  expect(await bob.post(`${demo.url}/revoke`, { key })).toMatchObject({
    status: 303,
    location: '/',
  })
  expect(await new Browser().post(`${demo.url}/revoke`, { key })).toMatchObject({
    status: 303,
    location: '/',
  })
  expect(visitsOn(await there.get(demo.url))).toBe(1)
})

it('deletes the session at log-out, and its old cookie is worth nothing', async () => {
  const ann = await loggedIn('Ann')
  const old = ann.cookie
  expect(await ann.post(`${demo.url}/logout`)).toMatchObject({ status: 303, location: '/' })
  expect(ann.cookie).toBe('')
  expect((await ann.get(demo.url)).text).toContain('You are logged out.')
  expect((await ann.get(demo.url)).text).not.toContain('You are logged out.')
  ann.cookie = old
  const page = await ann.get(demo.url)
  expect(visitsOn(page)).toBeUndefined()
  expect(page.text).toContain('No session is stored yet.')
})

it('gives a new id at log-in', async () => {
  const ann = await loggedIn('Ann')
  const before = ann.cookie
  await ann.post(`${demo.url}/login`, { name: 'Ann' })
  expect(ann.cookie).not.toBe(before)
  expect(usersOn(await ann.get(demo.url))).toEqual(['Ann'])
})

it('escapes what users enter', async () => {
  const name = `<b>&"'</b>`
  const ann = await loggedIn(name)
  const escaped = '&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;'
  const page = await ann.get(demo.url)
  expect(usersOn(page)).toEqual([escaped])
  expect(page.text).not.toContain('<b>')
  const refused = await new Browser().post(`${demo.url}/login`, {
    name: `"><script>${'x'.repeat(40)}`,
  })
  expect(refused.text).toContain('value="&quot;&gt;&lt;script&gt;')
  expect((await ann.get(`${demo.url}/?notice=revoked`)).text).not.toContain(
    'The session is revoked.',
  )
})

it.each([
  ['no name', {}],
  ['blanks', { name: '  ' }],
  ['41 characters', { name: 'x'.repeat(41) }],
  ['a control character', { name: 'a\0b' }],
])('asks again for a name when the form holds %s', async (_what, form) => {
  const browser = new Browser()
  const page = await browser.post(`${demo.url}/login`, form)
  expect(page).toMatchObject({
    status: 400,
    text: expect.stringContaining('Enter a name of 1 to 40 characters.'),
  })
  expect(browser.cookie).toBe('')
})

it('takes a name of 40 characters that are two code units each', async () => {
  expect(usersOn(await (await loggedIn('😀'.repeat(40))).get(demo.url))).toEqual(['😀'.repeat(40)])
})

it('refuses a form of another site and one that is too large', async () => {
  const browser = new Browser()
  const url = `${demo.url}/login`
  expect(await browser.post(url, { name: 'Ann' }, { 'sec-fetch-site': 'same-site' })).toMatchObject(
    { status: 403 },
  )
  expect(await browser.post(url, { name: 'x'.repeat(20_000) })).toMatchObject({ status: 413 })
  expect(browser.cookie).toBe('')
})

it('answers a wrong address with a page', async () => {
  const page = await new Browser().get(`${demo.url}/nowhere`)
  expect(page).toMatchObject({ status: 404, text: expect.stringContaining('Page not found') })
})

it('sends pages that run no script and load nothing from elsewhere', async () => {
  const { headers } = await new Browser().get(demo.url)
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'self'; img-src 'self';/,
  )
  for (const path of ['/style.css', '/icon.svg'])
    expect(await new Browser().get(demo.url + path)).toMatchObject({ status: 200 })
})

it('sets a cookie that scripts cannot read and other sites cannot send', async () => {
  const { headers } = await new Browser().post(`${demo.url}/login`, { name: 'Ann' })
  expect(headers.get('set-cookie')).toMatch(/Path=\/; Expires=.+; HttpOnly; SameSite=Lax$/)
})
