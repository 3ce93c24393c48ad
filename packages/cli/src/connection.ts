import type { Knex } from 'knex'
import { CommandError } from './output.js'

/** The knex client for the scheme of a URL. */
const clients: Readonly<Record<string, string>> = {
  postgres: 'pg',
  postgresql: 'pg',
  mysql: 'mysql2',
  mariadb: 'mysql2',
  mssql: 'mssql',
  oracle: 'oracledb',
  sqlite: 'better-sqlite3',
  file: 'better-sqlite3',
}

const files = new Set(['better-sqlite3', 'sqlite3', 'sqlite'])

/**
 * The configuration for a URL, or for the name of an SQLite file. The messages of its errors do not
 * repeat it: it may hold a password.
 */
export function configOf(connection: string, client?: string): Knex.Config {
  const isUrl = /^[a-z][a-z\d+.-]+:/i.test(connection) && URL.canParse(connection)
  const scheme = isUrl ? new URL(connection).protocol.slice(0, -1) : undefined
  const isFile = /^:memory:$|\.(?:sqlite3?|db3?)$/i.test(connection)
  const chosen = client ?? (isFile ? 'better-sqlite3' : clients[scheme ?? ''])
  if (chosen === undefined)
    throw new CommandError(
      `the connection is no file that ends with .sqlite or .db, and no URL that begins with ${Object.keys(clients).join(', ')}: say --client as well`,
    )
  if (files.has(chosen)) {
    const filename = connection.replace(/^(?:sqlite|file):(?:\/\/)?/i, '')
    return { client: chosen, connection: { filename }, useNullAsDefault: true }
  }
  if (!isUrl)
    throw new CommandError(
      'the connection is no URL, as postgres://user:password@host:5432/database is one',
    )
  return { client: chosen, connection: settingsOf(new URL(connection), connection, chosen) }
}

function settingsOf(url: URL, text: string, client: string): Knex.StaticConnectionConfig | string {
  const account = {
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  }
  const database = decodeURIComponent(url.pathname.slice(1))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (client === 'oracledb')
    return { ...account, connectString: `${host}:${url.port || '1521'}/${database}` }
  if (client === 'mssql') {
    const isOn = (setting: string) => url.searchParams.get(setting) === 'true'
    const options = {
      encrypt: isOn('encrypt'),
      trustServerCertificate: isOn('trustServerCertificate'),
    }
    return {
      ...account,
      server: host,
      port: Number(url.port || '1433'),
      database,
      options,
    }
  }
  if (client === 'mysql' || client === 'mysql2' || client === 'mariadb')
    return { ...account, host, port: Number(url.port || '3306'), database }
  return { connectionString: text }
}

/** What of a configuration is never printed. */
export function secretsOf({ connection }: Knex.Config): readonly unknown[] {
  if (typeof connection === 'string') return [connection, ...passwordsIn(connection)]
  if (typeof connection !== 'object') return []
  const { password, connectionString } = connection as Readonly<Record<string, unknown>>
  return [password, connectionString, ...passwordsIn(connectionString)]
}

function passwordsIn(url: unknown): readonly string[] {
  if (typeof url !== 'string' || !URL.canParse(url)) return []
  const { password } = new URL(url)
  return [password, decodeURIComponent(password)]
}
