import { setTimeout as delay } from 'node:timers/promises'
import session from 'express-session'
import { get, set } from '../../load/calls.mjs'

const hour = 3_600_000

/** @type {import('./scenario.mjs').Scenario} */
export const scenario = {
  name: 'clocks',
  title: 'Clocks and time zones',
  together: 'databases',
  what: () =>
    'The clock of the application is an hour ahead of the server’s, or an hour behind, or two processes have the time zones of New York and Tokyo. In each case a session that lives for half an hour must be found, and one that has expired must not.',
  figures: [
    { key: 'gone', title: 'Live sessions not found, of 3' },
    { key: 'stale', title: 'Expired sessions found, of 3' },
  ],
  async run({ start }) {
    const cases = [
      [{ clockOffset: hour }],
      [{ clockOffset: -hour }],
      [{ timeZone: 'America/New_York' }, { timeZone: 'Asia/Tokyo' }],
    ]
    // Not every store can make its table in several processes at once.
    await (await start()).stop()
    const found = await Promise.all(
      cases.map(async ([writing, reading], index) => {
        const writer = await start({ survives: true, ...writing })
        const reader = reading ? await start({ survives: true, ...reading }) : writer
        const ids = { live: `live ${index}`, expired: `expired ${index}` }
        await writer.order('write', ids)
        await delay(2_500)
        const result = await reader.order('read', ids)
        await Promise.all([writer.stop(), reader.stop()])
        return result
      }),
    )
    return {
      gone: found.filter(({ live }) => !live).length,
      stale: found.filter(({ expired }) => expired).length,
    }
  },
}

export const inside = {
  /** @param {any} store @param {{ live: string, expired: string }} ids */
  async write(store, { live, expired }) {
    await set(store, live, { cookie: new session.Cookie({ maxAge: hour / 2 }), id: live })
    await set(store, expired, { cookie: new session.Cookie({ maxAge: 1_000 }), id: expired })
  },
  /** @param {any} store @param {{ live: string, expired: string }} ids */
  read: async (store, { live, expired }) => ({
    live: Boolean(await get(store, live)),
    expired: Boolean(await get(store, expired)),
  }),
}
