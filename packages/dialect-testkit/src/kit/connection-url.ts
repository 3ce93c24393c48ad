import type { Knex } from 'knex'

/** A knex configuration whose connection is a plain object, so that you can add settings to it. */
export interface UrlKnexConfig {
  readonly client: string
  readonly connection: Readonly<Record<string, unknown>> & Knex.StaticConnectionConfig
}

/**
 * Makes the knex configuration for a database URL. Names and passwords are percent-decoded.
 *
 * - `postgres://user:password@host:port/database?sslmode=…` (or `postgresql:`): client `pg`, which
 *   reads the URL by itself
 * - `mysql://user:password@host:port/database` (or `mariadb:`): client `mysql2`
 * - `mssql://user:password@host:port/database?encrypt=true&trustServerCertificate=true`: client
 *   `mssql`; both settings are off by default
 * - `oracle://user:password@host:port/service`: client `oracledb`
 *
 * Throws a `TypeError` for any other scheme and for text that is no URL. The message does not
 * repeat the URL, which may hold a password.
 *
 * @param options.client another knex client for the same database, for example `mariadb`
 */
export function knexConfigFromUrl(
  url: string,
  options: { readonly client?: string } = {},
): UrlKnexConfig {
  if (!URL.canParse(url))
    throw new TypeError(
      'a database URL is needed, for example postgres://user:password@host:5432/database',
    )
  const parts = new URL(url)
  const scheme = parts.protocol.slice(0, -1)
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
      return { client: options.client ?? 'pg', connection: { connectionString: url } }
    case 'mysql':
    case 'mariadb':
      return {
        client: options.client ?? 'mysql2',
        connection: { ...account(parts), ...address(parts, 3306), database: path(parts) },
      }
    case 'mssql':
      return { client: options.client ?? 'mssql', connection: sqlServer(parts) }
    case 'oracle':
      return {
        client: options.client ?? 'oracledb',
        connection: {
          ...account(parts),
          connectString: `${parts.hostname}:${parts.port || '1521'}/${path(parts)}`,
        },
      }
    default:
      throw new TypeError(
        `a database URL starts with postgres:, mysql:, mssql: or oracle:, not with ${scheme}:`,
      )
  }
}

function sqlServer(parts: URL): UrlKnexConfig['connection'] {
  const { user, password } = account(parts)
  const { host, port } = address(parts, 1433)
  const isOn = (setting: string) => parts.searchParams.get(setting) === 'true'
  const options = {
    encrypt: isOn('encrypt'),
    trustServerCertificate: isOn('trustServerCertificate'),
  }
  return { server: host, port, user, password, database: path(parts), options }
}

function account(parts: URL): { user: string; password: string } {
  return { user: decodeURIComponent(parts.username), password: decodeURIComponent(parts.password) }
}

function address(parts: URL, port: number): { host: string; port: number } {
  return {
    host: parts.hostname.replace(/^\[|\]$/g, ''),
    port: parts.port === '' ? port : Number(parts.port),
  }
}

function path(parts: URL): string {
  return decodeURIComponent(parts.pathname.slice(1))
}
