import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start as startMariadb } from '../../scripts/servers/mariadb.mjs'
import { start as startPostgres } from '../../scripts/servers/postgres.mjs'
import { start as startRedis } from '../../scripts/servers/redis.mjs'

/** Redis saves snapshots as its own default configuration says: after an hour, five minutes or one, by the number of changes. */
const redisSettings = { save: '3600 1 300 100 60 10000' }

const starters = {
  postgres: () => startPostgres({ durable: true }),
  mariadb: () => startMariadb({ durable: true }),
  redis: () => startRedis({ settings: redisSettings }),
}

/**
 * Starts private servers with the durability they have by default.
 * @param {ReadonlySet<string>} databases
 * @returns {Promise<{ urls: Record<string, string>, stop: () => Promise<void> }>} of `sqlite`, the URL is a folder
 */
export async function startServers(databases) {
  const folder = mkdtempSync(join(tmpdir(), 'knex-session-bench-'))
  const names = Object.keys(starters).filter((name) => databases.has(name))
  const servers = await Promise.all(names.map((name) => starters[name]()))
  return {
    urls: { sqlite: folder, ...Object.fromEntries(names.map((name, index) => [name, servers[index].url])) },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
