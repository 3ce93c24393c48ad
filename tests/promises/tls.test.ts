import { KnexSessionStore } from '@knex-session/core'
import '@knex-session/dialect-mysql'
import '@knex-session/dialect-postgres'
import createKnex, { type Knex } from 'knex'
import type { Server } from '../../scripts/servers/process.mjs'
import { sessionOf } from '../rig/session-of.js'
import { privateServers } from '../rig/servers/private-servers.js'
import { killThreeTimes } from '../rig/load/restart-scenarios.js'
import { CuttingProxy, selfSigned, type Certificate } from '../rig/proxies/tls-proxy.js'

const settings = {
  pg: ({ key, cert }: Certificate) => ({ ssl: 'on', ssl_cert_file: cert, ssl_key_file: key }),
  mysql2: ({ key, cert }: Certificate) => ({ 'ssl-cert': cert, 'ssl-key': key }),
}

/**
 * The packets of a client of which the last one is the first of TLS itself, or the one that asks
 * for TLS.
 */
const packetsOfHandshake = { pg: [1, 2], mysql2: [1] }

describe.each(privateServers)('over TLS, a $name', ({ name, client, start }) => {
  const driver = client as keyof typeof settings
  let certificate: Certificate
  let server: Server
  let proxy: CuttingProxy

  beforeAll(async () => {
    certificate = selfSigned(driver === 'pg' ? 'postgres' : 'mysql')
    server = await start(settings[driver](certificate))
    proxy = new CuttingProxy(server)
  })

  afterAll(async () => {
    proxy.close()
    await server.stop()
    certificate.remove()
  })

  function config(url: string, pool: Knex.PoolConfig): Knex.Config {
    const { hostname: host, port, username: user, pathname } = new URL(url)
    const connection = {
      host,
      port: Number(port),
      user,
      database: pathname.slice(1),
      ssl: { rejectUnauthorized: false },
    }
    return { client, connection, pool }
  }

  it('that is lost while connections are being made is waited for', async () => {
    const url = await proxy.listen()
    const log = { warn: () => undefined, error: () => undefined }
    const knex = createKnex({ ...config(url, { min: 0, max: 10 }), log })
    const store = new KnexSessionStore({ knex, cleanupInterval: 0, onOutage: () => undefined })
    await store.ready
    for (const byReset of [true, false]) {
      for (const packets of packetsOfHandshake[driver]) {
        proxy.cut(packets, byReset)
        const calls = Promise.allSettled(
          Array.from({ length: 32 }, (_, index) => store.set(`sid ${String(index)}`, sessionOf())),
        )
        await proxy.hasCut(4)
        proxy.mend()
        expect((await calls).filter(({ status }) => status === 'rejected')).toEqual([])
      }
    }
    await store.close()
    await knex.destroy()
  })

  it('that is killed and started again, three times, under load on connections that live for a moment, is not noticed', async () => {
    const knex = config(server.url, {
      min: 0,
      max: 10,
      idleTimeoutMillis: 5,
      reapIntervalMillis: 5,
    })
    await killThreeTimes(
      { name: `${name} over TLS`, client, server, knex },
      { pause: 400, away: 400, callers: { think: 40 } },
    )
  }, 60_000)
})
