import { KnexSessionStore } from '@knex-session/core'
import { Browser } from '../../packages/dialect-testkit/src/http/browser.js'
import { startApp } from '../../packages/dialect-testkit/src/http/http-app.js'
import { databases } from '../rig/servers/databases.js'
import { openPrivateServers } from '../rig/servers/private-servers.js'

const rounds = 1_000
const requests = 50

type End = (
  browser: Browser,
  store: KnexSessionStore,
  other: KnexSessionStore,
  sid: string,
) => Promise<unknown>

/** Ways to end a session, by one of its requests or by another process. */
const ends: readonly End[] = [
  (browser) => browser.post('/logout'),
  (browser) => browser.post('/login/bob'),
  (_, store) => store.clear(),
  (_, store, other, sid) => other.destroy(sid),
  (_, store, other) => other.sessionsOf('ann').revokeAll(),
]

openPrivateServers()

describe.each(databases)('on $name', ({ name, adapter, open }) => {
  it(`${rounds} sessions that end amid ${requests} requests stay ended, and each late write is counted`, async () => {
    const { knex, close } = open()
    const options = {
      knex,
      dialect: adapter,
      tableName: `ended-${process.pid}`,
      cleanupInterval: 0,
      userId: (session: unknown) => (session as { user?: string }).user,
    }
    const [store, other] = [new KnexSessionStore(options), new KnexSessionStore(options)]
    const app = await startApp(store, { resave: false })
    try {
      let back = 0
      for (let round = 0; round < rounds; round++) {
        const browser = new Browser(app.url)
        const sid = String((await browser.post('/login/ann')).body['sid'])
        const stale = browser.cookie
        const held = Array.from({ length: requests - 1 }, () =>
          new Browser(app.url, stale).post('/held/visit'),
        )
        await app.held(requests - 1)
        // Half of them write while it ends.
        const ended = (ends[round % ends.length] as End)(browser, store, other, sid)
        if (round % 2 === 0) await ended
        app.letGo()
        await Promise.all([ended, ...held])
        if ((await store.get(sid)) !== null) back++
      }
      expect({ name, back, errors: app.errors }).toEqual({ name, back: 0, errors: [] })
      expect(store.lateWrites).toBeGreaterThanOrEqual((rounds / 2) * (requests - 1))
    } finally {
      await app.close()
      await Promise.all([store.close(), other.close()])
      await knex.schema.dropTable(options.tableName)
      await close()
    }
  }, 600_000)
})
