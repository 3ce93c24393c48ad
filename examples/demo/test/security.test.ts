import { Browser, visitsOn } from './browser.js'
import { Rig } from './rig.js'

let rig: Rig

beforeEach(async () => (rig = await Rig.start()))
afterEach(() => rig.end())

it('refuses a form of another site', async () => {
  const browser = new Browser()
  const headers = { 'sec-fetch-site': 'same-site' }
  expect(await browser.post(`${rig.url}/login`, { user: 'ann' }, headers)).toMatchObject({
    status: 403,
  })
  expect(browser.cookie).toBe('')
})

it.each(['/logout', '/devices/end', '/devices/end-others', '/crowd', '/outage', '/visits'])(
  'refuses %s without the token of the session',
  async (path) => {
    const [ann, bea] = [await rig.loggedIn('ann'), await rig.loggedIn('bea')]
    for (const token of ['', bea.token])
      expect(await ann.post(rig.url + path, { token })).toMatchObject({ status: 403 })
    expect(visitsOn(await ann.get(rig.url))).toBe(2)
  },
)

it('refuses a form that is too large', async () => {
  const browser = new Browser()
  const user = 'x'.repeat(20_000)
  expect(await browser.post(`${rig.url}/login`, { user })).toMatchObject({ status: 413 })
  expect(browser.cookie).toBe('')
})

it('sends pages that run only their own script and load nothing from elsewhere', async () => {
  const { headers } = await new Browser().get(rig.url)
  const policy = headers.get('content-security-policy')
  expect(policy).toMatch(/^default-src 'none';script-src 'self';style-src 'self';img-src 'self';/)
  expect(headers.get('cache-control')).toBe('no-store')
  for (const path of ['/style.css', '/live.js', '/icon.svg'])
    expect(await new Browser().get(rig.url + path)).toMatchObject({ status: 200 })
})

it('sets a cookie that scripts cannot read and other sites cannot send', async () => {
  const { headers } = await new Browser().post(`${rig.url}/login`, { user: 'ann' })
  expect(headers.get('set-cookie')).toMatch(/Path=\/; Expires=.+; HttpOnly; SameSite=Lax$/)
})
