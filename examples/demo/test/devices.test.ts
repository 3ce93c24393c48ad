import { Browser, devicesOn, handlesOn, visitsOn } from './browser.js'
import { Rig } from './rig.js'

const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1'

let rig: Rig

beforeEach(async () => (rig = await Rig.start()))
afterEach(() => rig.end())

it('lists the devices of the user, this one first, and never shows an id', async () => {
  const [first, second] = [await rig.loggedIn('ann'), await rig.loggedIn('ann', phone)]
  const bea = await rig.loggedIn('bea')
  const page = await first.get(rig.url)
  expect(devicesOn(page)).toEqual(['Firefox on Linux', 'Safari on iOS'])
  expect(devicesOn(await bea.get(rig.url))).toEqual(['Firefox on Linux'])
  for (const { cookie } of [first, second, bea]) {
    const sid = /s:([^.]+)\./.exec(decodeURIComponent(cookie))![1]!
    expect(sid.length).toBeGreaterThan(20)
    expect(page.text).not.toContain(sid.slice(0, 8))
  }
})

it('logs out the device that is chosen, and no other', async () => {
  const [here, there] = [await rig.loggedIn('ann'), await rig.loggedIn('ann')]
  const [handle = '', ...more] = handlesOn(await here.get(rig.url))
  expect(more).toEqual([])
  expect(await here.post(`${rig.url}/devices/end`, { handle })).toMatchObject({
    status: 303,
    location: '/',
  })
  expect((await here.get(rig.url)).text).toContain('That device is logged out.')
  expect((await here.get(rig.url)).text).not.toContain('That device is logged out.')
  expect((await there.get(rig.url)).text).toContain('You were logged out')
  await here.post(`${rig.url}/devices/end`, { handle })
  expect((await here.get(rig.url)).text).toContain('That device was logged out already.')
})

it('logs out all other devices of the user', async () => {
  const [here, there, phoneToo] = [
    await rig.loggedIn('ann'),
    await rig.loggedIn('ann'),
    await rig.loggedIn('ann', phone),
  ]
  const bea = await rig.loggedIn('bea')
  await here.post(`${rig.url}/devices/end-others`)
  expect(devicesOn(await here.get(rig.url))).toHaveLength(1)
  expect(visitsOn(await there.get(rig.url))).toBeUndefined()
  expect(visitsOn(await phoneToo.get(rig.url))).toBeUndefined()
  expect(visitsOn(await bea.get(rig.url))).toBe(2)
})

it('ends nothing for another user, an admin included, nor for somebody who is not logged in', async () => {
  const [here, there] = [await rig.loggedIn('ann'), await rig.loggedIn('ann')]
  const handle = handlesOn(await here.get(rig.url))[0]!
  const bea = await rig.loggedIn('bea')
  await bea.post(`${rig.url}/devices/end`, { handle })
  expect((await bea.get(rig.url)).text).toContain('That device was logged out already.')
  await bea.post(`${rig.url}/devices/end-others`)
  await new Browser().post(`${rig.url}/devices/end`, { handle })
  expect(visitsOn(await here.get(rig.url))).toBe(3)
  expect(visitsOn(await there.get(rig.url))).toBe(2)
})

it('shows nothing of a user to another one', async () => {
  const [ann, bea] = [await rig.loggedIn('ann', phone), await rig.loggedIn('bea')]
  expect(devicesOn(await ann.get(`${rig.url}/devices`))).toEqual(['Safari on iOS'])
  for (const path of ['/', '/devices'])
    expect((await bea.get(rig.url + path)).text).not.toContain('Safari')
  for (const path of ['/devices', '/live'])
    expect(await new Browser().get(rig.url + path)).toMatchObject({ status: 303, location: '/' })
})

it('repeats nothing that a browser says of itself', async () => {
  const ann = await rig.loggedIn('ann', '<b>&"\'</b>/1.0')
  const page = await ann.get(rig.url)
  expect(devicesOn(page)).toEqual(['Unknown browser'])
  expect(page.text).not.toContain('<b>')
})

describe('open pages', () => {
  it('hear that another device logged in and out', async () => {
    const events = await (await rig.loggedIn('ann')).listen(`${rig.url}/live`)
    const other = await rig.loggedIn('ann')
    expect(await events.next()).toBe('devices')
    expect(await events.next()).toBe('devices') // it saw its page
    await other.post(`${rig.url}/logout`)
    expect(await events.next()).toBe('devices')
    await events.close()
  })

  it('of a device that is logged out elsewhere hear of it, and nothing more', async () => {
    const [here, there] = [await rig.loggedIn('ann'), await rig.loggedIn('ann')]
    const events = await there.listen(`${rig.url}/live`)
    await here.post(`${rig.url}/devices/end-others`)
    expect(await events.next()).toBe('ended')
    expect(await events.next()).toBeUndefined()
  })

  it('of a device that logs out by itself hear of it, and nothing more', async () => {
    const ann = await rig.loggedIn('ann')
    const events = await ann.listen(`${rig.url}/live`)
    await ann.post(`${rig.url}/logout`)
    expect(await events.next()).toBe('ended')
    expect(await events.next()).toBeUndefined()
  })

  it('hear nothing of other users', async () => {
    const bea = await rig.loggedIn('bea')
    const events = await bea.listen(`${rig.url}/live`)
    const [ann] = [await rig.loggedIn('ann'), await rig.loggedIn('ann')]
    await ann.post(`${rig.url}/devices/end-others`)
    await bea.post(`${rig.url}/logout`)
    expect(await events.next()).toBe('ended')
  })
})
