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
      'the connection is no URL, as postgres://user:password@host:5432/name is one',
    )
  return { client: chosen, connection: settingsOf(new URL(connection), connection, chosen) }
}

function settingsOf(url: URL, text: string, client: string): Knex.StaticConnectionConfig | string {
  const account = { user: decoded(url.username), password: decoded(url.password) }
  const database = decoded(url.pathname.slice(1))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (client === 'oracledb')
    return { ...account, connectString: `${host}:${url.port || '1521'}/${database}` }
  if (client === 'mssql') {
    const options = { encrypt: false, ...parametersOf(url) }
    return { ...account, server: host, port: Number(url.port || '1433'), database, options }
  }
  if (client === 'mysql' || client === 'mysql2' || client === 'mariadb')
    return { ...parametersOf(url), ...account, host, port: Number(url.port || '3306'), database }
  return { connectionString: text }
}

/** As it is where a sign is not escaped that should be. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Settings of the driver, as knex reads them of a URL: JSON where they are, else text. */
function parametersOf({ searchParams }: URL): Readonly<Record<string, unknown>> {
  const parameters = Array.from(searchParams, ([name, text]): readonly [string, unknown] => {
    try {
      return [name, JSON.parse(text)]
    } catch {
      return [name, text]
    }
  })
  return Object.fromEntries(parameters)
}

/** What of the settings of a connection is never printed. */
export function secretsOf(connection: unknown): readonly unknown[] {
  if (typeof connection === 'string') return [connection, ...secretsIn(connection)]
  if (typeof connection !== 'object' || connection === null) return []
  return Object.entries(connection).flatMap(([name, value]: readonly [string, unknown]) => [
    ...(/pass|secret|token|^(?:connectionString|uri|url)$/i.test(name) ? [value] : []),
    ...secretsIn(value),
  ])
}

/** The password in a URL, as it is written there and as it is. */
export function secretsIn(url: unknown): readonly string[] {
  if (typeof url !== 'string' || !URL.canParse(url)) return []
  const { password } = new URL(url)
  return [password, decoded(password)]
}
