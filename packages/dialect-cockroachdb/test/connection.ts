import type { ConnectOptions } from '@knex-session/dialect-testkit'
import knex, { type Knex } from 'knex'
import { connect as connectTo } from '../../dialect-postgres/test/connection.js'

/** The URL of a cluster to test on, if one is given. */
export const url: string | undefined = process.env['COCKROACH_URL'] || undefined

/** A knex instance on CockroachDB, whose time zones are PostgreSQL's. */
export function connect(options: ConnectOptions): Knex {
  return connectTo(options, url ?? '', 'cockroachdb')
}

/** A knex instance on PostgreSQL. */
export function connectPostgres(options: ConnectOptions): Knex {
  return connectTo(options)
}

/** A knex instance on a port that nobody listens to. */
export function connectRefused(): Knex {
  return knex({
    client: 'cockroachdb',
    connection: { host: '127.0.0.1', port: 1, user: 'nobody' },
    log: { warn: () => undefined },
  })
}
