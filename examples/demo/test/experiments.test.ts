import { sendCrowd } from '../src/crowd.mjs'
import { visitsOn } from './browser.js'
import { Rig } from './rig.js'

describe('a crowd', () => {
  const send = (batch?: false) => sendCrowd({ visits: 300, batch, onProgress: () => undefined })

  it('shares statements, and loses no visit', async () => {
    const { calls, statements, answered, lost } = await send()
    expect({ calls, answered, lost }).toEqual({ calls: 600, answered: 300, lost: 0 })
    expect(statements).toBeLessThan(12)
  })

  it('takes a statement for each call without batches, and loses no visit', async () => {
    const { statements, lost } = await send(false)
    expect({ statements, lost }).toEqual({ statements: 600, lost: 0 })
  })
})

describe('a database that goes away', () => {
  let rig: Rig

  beforeEach(async () => (rig = await Rig.start()))
  afterEach(() => rig.end())

  it('delays requests, and none fails', async () => {
    const ann = await rig.loggedIn('ann')
    const startedAt = performance.now()
    expect(await ann.post(`${rig.url}/outage`)).toMatchObject({ status: 303, location: '/' })
    const [page, ...visits] = await Promise.all([
      ann.get(rig.url),
      ...Array.from({ length: 5 }, () => ann.post(`${rig.url}/visits`)),
    ])
    expect(performance.now() - startedAt).toBeGreaterThan(400)
    expect(page.status).toBe(200)
    expect(page.text).toContain('The database was away.')
    expect(visits.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204])
    expect(visitsOn(await ann.get(rig.url))).toBe(8)
  })
})

it('does one thing at a time', async () => {
  const rig = await Rig.start()
  try {
    const ann = await rig.loggedIn('ann')
    const headers = { accept: 'application/json' }
    const both = [0, 1].map(() => ann.post(`${rig.url}/crowd`, {}, headers))
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([204, 409])
  } finally {
    await rig.end()
  }
})
