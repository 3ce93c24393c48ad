import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start as startMariadb } from '../../scripts/servers/mariadb.mjs'
import { start as startPostgres } from '../../scripts/servers/postgres.mjs'
import { start as startRedis } from '../../scripts/servers/redis.mjs'

/**
 * Redis saves snapshots as its own default configuration says: after an hour, five minutes or one,
 * by the number of changes.
 */
const redisSettings = { save: '3600 1 300 100 60 10000' }

/**
 * Memory for a million sessions, where both would take 128 MB by themselves and read the rest from
 * files: PostgreSQL's manual advises a quarter of the machine's (15, section 20.4.1), MariaDB's up
 * to 80 % of it ("InnoDB Buffer Pool").
 */
const cache = { postgres: { shared_buffers: '2GB' }, mariadb: { 'innodb-buffer-pool-size': '2G' } }

const starters = {
  postgres: ({ durable, cached }) =>
    startPostgres({ durable, ...(cached && { settings: cache.postgres }) }),
  mariadb: ({ durable, cached }) =>
    startMariadb({ durable, ...(cached && { settings: cache.mariadb }) }),
  redis: () => startRedis({ settings: redisSettings }),
  'redis-appendonly': () => startRedis({ settings: { ...redisSettings, appendonly: 'yes' } }),
}

/**
 * Starts private servers.
 * @param {ReadonlySet<string>} databases
 * @param {object} [options]
 * @param {boolean} [options.durable] whether PostgreSQL and MariaDB wait for the disk at each
 * commit, as they do by default. Default: true
 * @param {boolean} [options.cached] whether they have memory enough for a million sessions. Default:
 * true
 * @returns {Promise<{ urls: Record<string, string>, servers: Record<string,
 * import('../../scripts/servers/process.mjs').Server>, stop: () => Promise<void> }>} of `sqlite`,
 * the URL is a folder
 */
export async function startServers(databases, { durable = true, cached = true } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-bench-'))
  const names = Object.keys(starters).filter((name) => databases.has(name))
  const servers = await Promise.all(names.map((name) => starters[name]({ durable, cached })))
  return {
    urls: {
      sqlite: folder,
      ...Object.fromEntries(names.map((name, index) => [name, servers[index].url])),
    },
    servers: Object.fromEntries(names.map((name, index) => [name, servers[index]])),
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
