import { setTimeout as delay } from 'node:timers/promises'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { applicationKnex, privateServers } from '../rig/servers/private-servers.js'
import { SilentProxy } from '../rig/proxies/silent-proxy.js'

/**
 * How long one call takes at most after its time limit: the cancel of its statement, and what a
 * busy machine adds, in ms.
 */
const grace = 3_000

// A second passes between the silence and the closing.
const callers = { callers: 32, timeLimit: 11_000 + grace }

describe.each(privateServers)(
  'under load, a way to $name that goes silent',
  ({ name, client, start }) => {
    // tarn waits 30 s for a connection and opens no other once all are on their way; mysql2 gives up
    // connecting after 10 s by itself.
    const byDefault = client === 'pg' ? 30_000 : 10_000

    it.each([
      { pools: 'the default pool', pool: {}, longest: byDefault + 2_000 },
      {
        pools: 'a pool that gives up connecting after 3 s',
        pool: { createTimeoutMillis: 3_000 },
        longest: 5_000,
      },
    ])(
      'for 25 s, with $pools: every call ends in time, and the first write works when a new connection does',
      async ({ pools, pool, longest }) => {
        const server = await start()
        const proxy = await SilentProxy.before(server.url)
        const load = await LoadProcess.start({
          knex: { client, connection: proxy.url, pool },
          callers,
        })
        await load.begin()
        await delay(1_000)
        proxy.silence()
        await delay(25_000)
        proxy.recover()
        const recovered = performance.now()
        let first: string | null
        do first = (await load.call()).error
        while (first !== null && performance.now() - recovered < 60_000)
        const took = performance.now() - recovered
        await delay(1_000)
        const what = `${name} silent for 25 s, with ${pools}: first write ${(took / 1_000).toFixed(1)} s after`
        await conclude(what, load, { knex: applicationKnex(client, server.url), goesOn: true })
        const closing = performance.now()
        await load.closeStore()
        const closed = performance.now() - closing
        // What a driver keeps of connections that never answer keeps the process.
        await load.kill()
        await proxy.close()
        await server.stop()
        expect(took).toBeLessThan(longest)
        expect(closed).toBeLessThan(1_000)
      },
      120_000,
    )

    it.each([
      { timeout: 10_000, code: 'ERR_TIMEOUT' },
      { timeout: 0, code: 'ERR_CLOSED' },
    ])(
      'lets a store with a time limit of $timeout be closed meanwhile, and every call end',
      async ({ timeout, code }) => {
        const server = await start()
        const proxy = await SilentProxy.before(server.url)
        const load = await LoadProcess.start({
          knex: { client, connection: proxy.url },
          store: { timeout },
          callers,
        })
        await load.begin()
        await delay(1_000)
        proxy.silence()
        await delay(1_000)
        const closing = performance.now()
        await load.closeStore()
        const closed = performance.now() - closing
        const what = `${name} silent, closed in ${(closed / 1_000).toFixed(1)} s with timeout: ${timeout}`
        const { report } = await conclude(what, load, {
          knex: applicationKnex(client, server.url),
          goesOn: true,
        })
        await load.kill()
        await proxy.close()
        await server.stop()
        expect(report.errors[code]).toBeGreaterThan(0)
        expect(closed).toBeLessThan(10_000 + grace)
      },
      60_000,
    )
  },
)
