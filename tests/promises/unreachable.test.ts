import { uniqueTable } from '../rig/servers/databases.js'
import { conclude } from '../rig/load/conclusion.js'
import { LoadProcess } from '../rig/load/load-process.js'
import { applicationKnex, privateServers } from '../rig/servers/private-servers.js'
import { servers } from '../rig/servers/shared-databases.js'
import { SilentProxy } from '../rig/proxies/silent-proxy.js'

describe.each(servers)(
  'a $name that takes connections and never answers, when the application starts',
  ({ name, client, url, open }) => {
    it('ends every call in time, and works from the first one on when it answers, if the pool gives up connecting in time', async () => {
      const tableName = uniqueTable('silent')
      const timeout = 500
      const proxy = await SilentProxy.before(url())
      proxy.silence()
      // Without this limit tarn waits 30 s for a connection and opens no other once `max` are on
      // their way.
      const pool = { min: 0, max: 10, createTimeoutMillis: timeout }
      const load = await LoadProcess.start({
        knex: applicationKnex(client, proxy.url, pool),
        store: { tableName, timeout },
      })
      await load.begin()
      await load.until(({ calls }) => calls >= 3 * 48)
      const { acknowledged } = await load.figures()
      proxy.recover()
      await load.until((report) => report.acknowledged > 0)
      const recovered = await load.call()
      await load.until((report) => report.acknowledged > 200)
      const { load: direct, other, close } = open()
      const { report } = await conclude(`${name} silent at first`, load, {
        knex: direct.knex,
        tableName,
        goesOn: true,
      })
      // What pg keeps of connections that never answer keeps the process.
      await proxy.close()
      expect(await load.end()).toMatchObject({ code: 0, signal: null })
      expect(acknowledged).toBe(0)
      expect(recovered.error).toBeNull()
      expect(report.longest).toBeLessThan(timeout + 1_000)
      expect(['ERR_CONNECTION', 'ERR_TIMEOUT']).toEqual(
        expect.arrayContaining(Object.keys(report.errors)),
      )
      await other.schema.dropTable(tableName)
      await close()
    })
  },
)

it('calls without a time limit wait for a server that refuses connections; `close` ends, and every call with a clear error', async () => {
  const closing = privateServers.map(async ({ name, client, start }) => {
    const server = await start()
    const knex = applicationKnex(client, server.url)
    await server.kill9()
    const load = await LoadProcess.start({
      knex,
      store: { timeout: 0 },
      callers: { timeLimit: 15_000 },
    })
    await load.begin()
    // The reason is told of, once.
    const early = await load.until(({ outages }) => outages.length === 1)
    expect(early.outages).toEqual([expect.stringContaining('ECONNREFUSED')])
    expect(early.calls).toBe(0)
    await server.restart()
    await load.until(({ acknowledged }) => acknowledged > 200)
    await server.kill9()
    await load.until(({ callsUnderWay }) => callsUnderWay === 48)
    const started = performance.now()
    await load.closeStore()
    const took = (performance.now() - started) / 1_000
    await load.until(
      ({ callsUnderWay, errors }) => callsUnderWay === 0 && (errors['ERR_CLOSED'] ?? 0) >= 48,
    )
    await server.restart()
    const { report } = await conclude(
      `${name} refusing, closed in ${took.toFixed(1)} s with timeout: 0`,
      load,
      { knex },
    )
    expect(Object.keys(report.errors)).toEqual(['ERR_CLOSED'])
    expect(took).toBeLessThan(13)
    await server.stop()
  })
  await Promise.all(closing)
}, 60_000)
