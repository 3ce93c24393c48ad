import { knexConfigFromUrl, type ConnectOptions } from '@knex-session/dialect-testkit'
import knex, { type Knex } from 'knex'

/**
 * A knex instance on a server, that of PG_URL by default, by another client where one is given.
 * PostgreSQL counts the offsets of its time zones westwards, so signs change.
 */
export function connect(
  { connections, utcOffset }: ConnectOptions,
  url = process.env['PG_URL'] ?? '',
  client = 'pg',
): Knex {
  const { connection } = knexConfigFromUrl(url, { client })
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

/** Counts the indexes whose first column is the expiry. */
export async function expiryIndexes(knex: Knex, tableName: string): Promise<number> {
  const { rows } = await knex.raw<{ rows: unknown[] }>(
    `select 1 from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
     where i.indrelid = to_regclass(quote_ident(?)) and a.attname = 'expired'`,
    [tableName],
  )
  return rows.length
}

/** A knex instance on a port that nobody listens to. */
export function connectRefused(): Knex {
  return knex({
    client: 'pg',
    connection: { host: '127.0.0.1', port: 1, user: 'nobody' },
    log: { warn: () => undefined },
  })
}
