import { knexConfigFromUrl, type ConnectOptions } from '@knex-session/dialect-testkit'
import knex, { type Knex } from 'knex'

/** The URL of a server to test on, if one is given. */
export const url: string | undefined = process.env['MSSQL_URL'] || undefined

/**
 * A knex instance on the server of MSSQL_URL. SQL Server has no time zone of a session; the driver
 * has one, which it must not use.
 */
export function connect({ connections, utcOffset }: ConnectOptions): Knex {
  const { client, connection } = knexConfigFromUrl(url ?? '')
  const settings = connection as { readonly options?: object }
  const options = { ...settings.options, useUTC: utcOffset === undefined }
  return knex({
    client,
    connection: { ...connection, options } as Knex.StaticConnectionConfig,
    pool: { min: 0, max: connections },
  })
}

/** A knex instance on a port that nobody listens to. */
export function connectRefused(): Knex {
  const connection = {
    server: '127.0.0.1',
    port: 1,
    user: 'nobody',
    password: '',
    options: { encrypt: false },
  }
  return knex({
    client: 'mssql',
    connection: connection as unknown as Knex.StaticConnectionConfig,
    log: { warn: () => undefined },
  })
}
