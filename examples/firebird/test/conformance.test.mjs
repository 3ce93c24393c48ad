import { after, before, describe, it } from 'node:test'
import { FirebirdClient, firebird } from '@knex-session/example-firebird'
import { describeConformance } from '@knex-session/dialect-testkit'
import createKnex from 'knex'
import { connection } from './connection.mjs'

describeConformance(
  { describe, it, beforeAll: before, afterAll: after },
  {
    name: 'Firebird',
    adapter: firebird,
    connect: ({ connections }) =>
      createKnex({ client: FirebirdClient, connection, pool: { min: 0, max: connections } }),
    connectRefused: () =>
      createKnex({ client: FirebirdClient, connection: { ...connection, port: 1 } }),
    // connect-session-knex knows no Firebird.
    capabilities: { legacyTables: false },
  },
)
