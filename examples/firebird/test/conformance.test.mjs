import { after, before, describe, it } from 'node:test'
import { FirebirdClient, firebird } from '@knex-session/example-firebird'
import { describeConformance } from '@knex-session/dialect-testkit'
import createKnex from 'knex'

// A server on which the user may create tables; what follows `?` are options of node-firebird.
const { hostname, port, username, password, pathname, searchParams } = new URL(
  process.env['FIREBIRD_URL'] ?? 'firebird://SYSDBA:masterkey@127.0.0.1:3050/tmp/test.fdb',
)
const connection = {
  host: hostname,
  port: Number(port),
  user: username,
  password,
  database: pathname,
  ...Object.fromEntries(searchParams),
}

describeConformance(
  { describe, it, beforeAll: before, afterAll: after },
  {
    name: 'Firebird',
    adapter: firebird,
    connect: ({ connections }) =>
      createKnex({ client: FirebirdClient, connection, pool: { min: 0, max: connections } }),
    connectRefused: () =>
      createKnex({ client: FirebirdClient, connection: { ...connection, port: 1 } }),
    capabilities: { legacyTables: false },
  },
)
