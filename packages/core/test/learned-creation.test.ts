import type { SessionData } from 'express-session'
import { toEpochMs } from '../src/dialect/index.js'
import { expiryRowOf, rowOf, type RowOptions } from '../src/session/rows.js'
import type { Loaded } from '../src/session/loaded.js'

const start = toEpochMs(1_000_000)
const hour = 3_600_000
const session = { cookie: { originalMaxAge: 5 * hour } } as unknown as SessionData
const options: RowOptions = {
  ttl: hour,
  absoluteTtl: 2 * hour,
  userId: undefined,
  timed: false,
  onConflict: 'overwrite',
}

describe.each([
  ['save', rowOf],
  ['touch', expiryRowOf],
])('a session whose row does not say when it was created', (name, write) => {
  it(`counts from its first ${name} on, however often it is written`, () => {
    const loaded: Loaded = { sid: 'a', expired: start, place: 0 }
    for (const ms of [0, hour, 2 * hour]) {
      const at = toEpochMs(start + ms)
      const { row } = write(session, { sid: 'a', at, loaded }, options)
      expect(row).toMatchObject({ createdAt: start, expired: start + 2 * hour })
    }
  })
})
