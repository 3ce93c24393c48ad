import { knexConfigFromUrl, type ConnectOptions } from '@knex-session/dialect-testkit'
import knex, { type Knex } from 'knex'

/** The URL of a server to test on, if one is given. */
export const url: string | undefined = process.env['ORACLE_URL'] || undefined

/** The part of a connection of node-oracledb that is needed to set its time zone. */
interface Connection {
  execute(sql: string): Promise<unknown>
}

/** A knex instance on the server of ORACLE_URL. */
export function connect({ connections, utcOffset }: ConnectOptions): Knex {
  const { client, connection } = knexConfigFromUrl(url ?? '')
  const pool = { min: 0, max: connections }
  if (utcOffset === undefined) return knex({ client, connection, pool })
  const afterCreate = (raw: Connection, done: (error: unknown, raw: Connection) => void) => {
    raw.execute(`alter session set time_zone = '${utcOffset}'`).then(
      () => done(null, raw),
      (error: unknown) => done(error, raw),
    )
  }
  return knex({ client, connection, pool: { ...pool, afterCreate } })
}

/** A knex instance on a port that nobody listens to. */
export function connectRefused(): Knex {
  return knex({
    client: 'oracledb',
    connection: {
      user: 'nobody',
      password: 'nothing',
      connectString: '127.0.0.1:1/none',
    } as Knex.StaticConnectionConfig,
    log: { warn: () => undefined },
  })
}
