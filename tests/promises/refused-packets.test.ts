import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import type { SessionData } from 'express-session'
import createKnex, { type Knex } from 'knex'
import { start } from '../../scripts/servers/mariadb.mjs'
import type { Server } from '../../scripts/servers/process.mjs'
import { applicationKnex } from '../rig/servers/private-servers.js'

function session(contents: object): SessionData {
  return {
    cookie: { originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000).toISOString() },
    ...contents,
  } as unknown as SessionData
}

/** A server that drops whoever sends more than 1 MB, the least default that any version has had. */
describe('on a MariaDB with small packets', () => {
  let server: Server
  let knex: Knex
  let store: KnexSessionStore
  /**
   * What a session too long for the server leads to: its own error, or a connection that is dropped
   * while it is sent.
   */
  const refusals = ['ERR_DATABASE', 'ERR_CONNECTION']

  beforeAll(async () => {
    server = await start({ durable: false, settings: { 'max-allowed-packet': 1_048_576 } })
    const quiet = () => undefined
    knex = createKnex({
      ...applicationKnex('mysql2', server.url),
      log: { warn: quiet, error: quiet, deprecate: quiet, debug: quiet },
    })
    store = new KnexSessionStore({ knex, cleanupInterval: 0, onOutage: () => undefined })
    await store.ready
  })

  afterAll(async () => {
    await store.close()
    await knex.destroy()
    await server.stop()
  })

  it('stores many long sessions at once, and short ones between them', async () => {
    const lengths = Array.from({ length: 256 }, (_, each) => (each % 3 === 0 ? 10 : 300_000))
    await Promise.all(
      lengths.map((length, each) => store.set(String(each), session({ text: 'x'.repeat(length) }))),
    )
    expect(await store.length()).toBe(256)
  })

  it.each([
    ['in what the driver makes of them', 400_000, 'é'],
    ['anyway', 2_000_000, 'x'],
  ])('fails those that are too long for it, %s, and no others', async (_, length, character) => {
    const long = [1, 2, 3, 4].map((each) =>
      store.set(`long ${each}`, session({ text: character.repeat(length) })),
    )
    const ends = Promise.allSettled(long)
    for (let turn = 0; turn < 5; turn++) {
      await Promise.all(
        Array.from({ length: 30 }, (_, each) => store.set(`short ${each}`, session({ turn }))),
      )
    }
    for (const end of await ends) {
      expect(end).toMatchObject({ status: 'rejected' })
      expect(refusals).toContain(((end as PromiseRejectedResult).reason as { code: unknown }).code)
    }
    expect(await store.get('long 1')).toBeNull()
    expect(await store.get('short 29')).toMatchObject({ turn: 4 })
  })
})
