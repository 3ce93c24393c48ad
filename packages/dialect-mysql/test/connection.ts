import { knexConfigFromUrl, type ConnectOptions } from '@knex-session/dialect-testkit'
import knex, { type Knex } from 'knex'

/**
 * The part of a connection of mysql2, or of mariadb's callback interface, that is needed to set its
 * time zone.
 */
interface Connection {
  query(sql: string, done: (error: unknown) => void): void
}

/** A function that makes knex instances on a server, that of MYSQL_URL by default, by a knex client. */
export function connectBy(
  name: 'mysql2' | 'mariadb',
  url = process.env['MYSQL_URL'] ?? '',
): (options: ConnectOptions) => Knex {
  return ({ connections, utcOffset }) => {
    const { client, connection: address } = knexConfigFromUrl(url, {
      client: name,
    })
    // MySQL 8 and newer log in by a key that MariaDB's driver asks for only when it is told to.
    const connection = name === 'mariadb' ? { ...address, allowPublicKeyRetrieval: true } : address
    const pool = { min: 0, max: connections }
    if (utcOffset === undefined) return knex({ client, connection, pool })
    const afterCreate = (raw: Connection, done: (error: unknown, raw: Connection) => void) => {
      raw.query(`set time_zone = '${utcOffset}'`, (error) => done(error, raw))
    }
    return knex({
      client,
      connection: { ...connection, timezone: utcOffset },
      pool: { ...pool, afterCreate },
    })
  }
}

/**
 * A function that makes knex instances whose server cuts and changes what a column cannot hold
 * (`sql_mode` is empty), on connections of a character set.
 */
export function connectCarelesslyBy(
  name: 'mysql2' | 'mariadb',
  charset?: string,
): (options: ConnectOptions) => Knex {
  return ({ connections }) => {
    const { client, connection } = knexConfigFromUrl(process.env['MYSQL_URL'] ?? '', {
      client: name,
    })
    const afterCreate = (raw: Connection, done: (error: unknown, raw: Connection) => void) => {
      raw.query("set session sql_mode = ''", (error) => done(error, raw))
    }
    const settings = {
      ...connection,
      allowPublicKeyRetrieval: true,
      ...(charset === undefined ? {} : { charset }),
    }
    if (name !== 'mariadb') delete (settings as Partial<typeof settings>).allowPublicKeyRetrieval
    return knex({
      client,
      connection: settings as Knex.StaticConnectionConfig,
      pool: { min: 0, max: connections, afterCreate },
    })
  }
}

/** A function that makes knex instances on a port that nobody listens to. */
export function connectRefusedBy(client: 'mysql2' | 'mariadb'): () => Knex {
  const connection = {
    host: '127.0.0.1',
    port: 1,
    user: 'nobody',
    connectTimeout: 2_000,
  } as Knex.StaticConnectionConfig
  return () => knex({ client, connection, log: { warn: () => undefined } })
}
