import Database from 'better-sqlite3'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release, totalmem, type } from 'node:os'
import { dirname, join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { createClient } from 'redis'

const require = createRequire(import.meta.url)

/** What a reader has to know of the machine. */
export function machine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
  }
}

/** Versions of packages as installed here. @param {Iterable<string>} names */
export function packageVersions(names) {
  return Object.fromEntries([...new Set(names)].sort().map((name) => [name, versionOf(name)]))
}

/** Versions that the servers say of themselves. @param {Readonly<Record<string, string>>} urls */
export async function serverVersions(urls) {
  /** @type {Record<string, string>} */
  const versions = { SQLite: sqliteVersion() }
  if (urls.postgres) {
    const client = new pg.Client(urls.postgres)
    await client.connect()
    versions.PostgreSQL = (await client.query('show server_version')).rows[0].server_version
    await client.end()
  }
  if (urls.mariadb) {
    const connection = await mysql.createConnection(urls.mariadb)
    const [rows] = await connection.query('select version() as version')
    versions.MariaDB = /** @type {any} */ (rows)[0].version
    await connection.end()
  }
  if (urls.redis) {
    const client = createClient({ url: urls.redis })
    await client.connect()
    versions.Redis = /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'unknown'
    await client.close()
  }
  return versions
}

function sqliteVersion() {
  const database = new Database(':memory:')
  const version = String(database.prepare('select sqlite_version()').pluck().get())
  database.close()
  return version
}

/** Read from the file, since not every package exports its package.json. @param {string} name */
function versionOf(name) {
  for (
    let folder = dirname(require.resolve(name));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (manifest.name === name) return manifest.version
    } catch {
      // No package.json here: it is further up.
    }
  }
  return 'unknown'
}
