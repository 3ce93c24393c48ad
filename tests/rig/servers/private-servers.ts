import type { Knex } from 'knex'
import { start as startMariadb } from '../../../scripts/servers/mariadb.mjs'
import { start as startPostgres } from '../../../scripts/servers/postgres.mjs'
import type { Server } from '../../../scripts/servers/process.mjs'

/** A server that a test may kill: one of its own, that keeps every commit. */
export interface PrivateServer {
  readonly name: string
  readonly client: string
  start(settings?: Readonly<Record<string, string | number>>): Promise<Server>
}

export const privateServers: readonly PrivateServer[] = [
  { name: 'PostgreSQL', client: 'pg', start: (settings = {}) => startPostgres({ settings }) },
  { name: 'MariaDB', client: 'mysql2', start: (settings = {}) => startMariadb({ settings }) },
]

/**
 * The configuration of an application that knows nothing of faults: knex's own defaults, but for
 * the pool's size.
 */
export function applicationKnex(
  client: string,
  url: string,
  pool: Knex.PoolConfig = { min: 0, max: 10 },
): Knex.Config {
  return { client, connection: url, pool }
}

/** A server that the tests of one suite share, and may kill. */
export interface OwnServer {
  readonly name: string
  readonly client: string
  readonly server: Server
  readonly knex: Knex.Config
}

/** Has `databases` (databases.ts) open private servers while the tests of a file run. */
export function openPrivateServers(): void {
  const servers: Server[] = []

  beforeAll(async () => {
    for (const { client, start } of privateServers) {
      const server = await start()
      servers.push(server)
      process.env[client === 'pg' ? 'PG_URL' : 'MYSQL_URL'] = server.url
    }
  }, 60_000)

  afterAll(() => Promise.all(servers.map((server) => server.stop())))
}

/** A suite for each kind of server; `own` gives its server to the tests. */
export function describeOnPrivateServers(
  title: string,
  suite: (own: () => OwnServer) => void,
): void {
  describe.each(privateServers)(title, ({ name, client, start }) => {
    let server: Server

    beforeAll(async () => {
      server = await start()
    })

    afterAll(() => server.stop())

    suite(() => ({ name, client, server, knex: applicationKnex(client, server.url) }))
  })
}
