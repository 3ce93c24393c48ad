import { knexConfigFromUrl, type ConnectOptions } from '@knex-session/dialect-testkit'
import knex, { type Knex } from 'knex'

/** The URL of a cluster to test on, if one is given. */
export const url: string | undefined = process.env['COCKROACH_URL'] || undefined

/**
 * A knex instance on CockroachDB. It counts the offsets of its time zones westwards, as PostgreSQL
 * does.
 */
export function connect(options: ConnectOptions): Knex {
  return connectTo(url ?? '', 'cockroachdb', options)
}

/** A knex instance on PostgreSQL. */
export function connectPostgres(options: ConnectOptions): Knex {
  return connectTo(process.env['PG_URL'] ?? '', 'pg', options)
}

/** A knex instance on a port that nobody listens to. */
export function connectRefused(): Knex {
  return knex({
    client: 'cockroachdb',
    connection: { host: '127.0.0.1', port: 1, user: 'nobody' },
    log: { warn: () => undefined },
  })
}

function connectTo(server: string, client: string, { connections, utcOffset }: ConnectOptions) {
  const { connection } = knexConfigFromUrl(server, { client })
  const timeZone =
    utcOffset === undefined
      ? {}
      : {
          options: `-c TimeZone=<zone>${utcOffset.replace(/[+-]/, (sign) => (sign === '+' ? '-' : '+'))}`,
        }
  return knex({
    client,
    connection: { ...connection, ...timeZone },
    pool: { min: 0, max: connections },
  })
}
