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

/** The configuration of an application that knows nothing of faults: knex's own defaults, but for the pool's size. */
export function applicationKnex(client: string, url: string, pool: Knex.PoolConfig = { min: 0, max: 10 }): Knex.Config {
  return { client, connection: url, pool }
}
