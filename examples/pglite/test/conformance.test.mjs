import { after, before, describe, it } from 'node:test'
import { PgliteClient, pglite } from '@knex-session/example-pglite'
import { describeConformance } from '@knex-session/dialect-testkit'
import createKnex from 'knex'

describeConformance(
  { describe, it, beforeAll: before, afterAll: after },
  {
    name: 'PGlite in memory',
    adapter: pglite,
    connect: () => createKnex({ client: PgliteClient, connection: {} }),
    // A database in memory belongs to one knex instance, and connect-session-knex knows no PGlite.
    capabilities: { knexInstances: 1, legacyTables: false },
  },
)
