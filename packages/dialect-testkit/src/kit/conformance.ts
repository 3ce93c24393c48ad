import type { Concern } from './concern.js'
import { describeLaws } from './describe-laws.js'
import { absoluteLifetime } from '../laws/absolute-lifetime.js'
import { conflicts } from '../laws/conflicts.js'
import { application } from '../laws/application.js'
import { batches, destroyBatches, ownDestroyBatches, readBatches } from '../laws/batches.js'
import { codecs } from '../laws/codecs.js'
import { concurrency } from '../laws/concurrency.js'
import { encryptedSessions } from '../laws/encrypted-sessions.js'
import { endedSessions } from '../laws/ended-sessions.js'
import { endedUserSessions } from '../laws/ended-user-sessions.js'
import { errors } from '../laws/errors.js'
import { expiryIndex } from '../laws/expiry-index.js'
import { expiry } from '../laws/expiry.js'
import { expressApp } from '../laws/express-app.js'
import { formerIds } from '../laws/former-ids.js'
import { applicationHooks } from '../laws/hooks.js'
import { hashedIds } from '../laws/hashed-ids.js'
import { identifiers, schemas } from '../laws/identifiers.js'
import { iteration } from '../laws/iteration.js'
import { knexClient } from '../laws/knex-client.js'
import { legacyTables } from '../laws/legacy-tables.js'
import { locks } from '../laws/locks.js'
import { addedColumns, migrations } from '../laws/migrations.js'
import { columnsAddedByHand, missingColumns } from '../laws/missing-columns.js'
import { model } from '../laws/model.js'
import { ordering } from '../laws/ordering.js'
import { overlappingSaves } from '../laws/overlapping-saves.js'
import { insertBatches, updateBatches } from '../laws/own-writes.js'
import { destroyExpiredStatements, prune, pruneStatements } from '../laws/prune.js'
import { queriedJson } from '../laws/queried-json.js'
import { refusedConnections } from '../laws/refused-connections.js'
import { refusedRows } from '../laws/refused-rows.js'
import { renamedColumns } from '../laws/renamed-columns.js'
import { secrecy } from '../laws/secrecy.js'
import { serializers } from '../laws/serializers.js'
import { sessionIds } from '../laws/session-ids.js'
import { sessions } from '../laws/sessions.js'
import { sidColumns } from '../laws/sid-columns.js'
import { statements } from '../laws/statements.js'
import { rightsOnTable, tableSetup } from '../laws/table-setup.js'
import { tablesOfOthers } from '../laws/tables-of-others.js'
import { timeColumns } from '../laws/time-columns.js'
import { touchBatches } from '../laws/touch-batches.js'
import { touchInterval } from '../laws/touch-interval.js'
import { transactions } from '../laws/transactions.js'
import { unfitUserColumns, userColumns } from '../laws/user-columns.js'
import { userSessions } from '../laws/user-sessions.js'
import type { TestRunner } from './runner.js'
import type { ConformanceTarget } from './target.js'

/** Every law, in groups. */
export const concerns: readonly Concern[] = [
  statements,
  knexClient,
  codecs,
  queriedJson,
  identifiers,
  schemas,
  renamedColumns,
  timeColumns,
  tableSetup,
  rightsOnTable,
  migrations,
  addedColumns,
  missingColumns,
  columnsAddedByHand,
  transactions,
  expiryIndex,
  sessions,
  iteration,
  expiry,
  sessionIds,
  legacyTables,
  tablesOfOthers,
  sidColumns,
  batches,
  readBatches,
  updateBatches,
  insertBatches,
  touchBatches,
  touchInterval,
  destroyBatches,
  ownDestroyBatches,
  refusedRows,
  ordering,
  concurrency,
  locks,
  prune,
  pruneStatements,
  destroyExpiredStatements,
  errors,
  refusedConnections,
  secrecy,
  applicationHooks,
  application,
  serializers,
  model,
  expressApp,
  endedSessions,
  overlappingSaves,
  hashedIds,
  formerIds,
  encryptedSessions,
  userSessions,
  endedUserSessions,
  userColumns,
  unfitUserColumns,
  absoluteLifetime,
  conflicts,
]

/**
 * Defines every law of a dialect as a test. Laws that need no database are always defined. Laws on
 * a database are defined only with `target.connect`, so no test is reported as passed or skipped
 * that did not run.
 *
 * A law makes its own tables and drops them. The longest takes a few seconds: give the runner a
 * time limit of 30 s for one test.
 *
 * @example
 * ```ts
 * import { after, before, describe, it } from 'node:test'
 * import { postgres } from '@knex-session/dialect-postgres'
 * import { describeConformance } from '@knex-session/dialect-testkit'
 * import createKnex from 'knex'
 *
 * const connection = process.env['PG_URL'] ?? 'postgres://web:secret@127.0.0.1:5432/test'
 *
 * describeConformance(
 *   { describe, it, beforeAll: before, afterAll: after },
 *   {
 *     name: 'PostgreSQL by pg',
 *     adapter: postgres,
 *     connect: ({ connections }) => createKnex({ client: 'pg', connection, pool: { min: 0, max: connections } }),
 *   },
 * )
 * ```
 */
export function describeConformance(runner: TestRunner, target: ConformanceTarget): void {
  describeLaws(runner, target, concerns)
}
