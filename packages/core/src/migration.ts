import type { Knex } from 'knex'
import { dialectOf } from './dialect/index.js'
import type { KnexSessionStoreOptions } from './store/options/options.js'
import { resolveOptions } from './store/options/resolve.js'
import { tableOf } from './store/options/table.js'
import { TableMigration, type TableProblem } from './table/setup/migration.js'

export type { TableProblem } from './table/setup/migration.js'

/**
 * The options that describe a session table: those of the store that will use it. Options that do
 * not concern the table are checked and then ignored, so a migration and the store can share one
 * object. For `userId`, `absoluteTtl` and `onConflict`, `true` is enough.
 */
export interface SessionTableOptions extends Omit<KnexSessionStoreOptions, Feature | 'knex'> {
  readonly userId?: KnexSessionStoreOptions['userId'] | boolean
  readonly absoluteTtl?: KnexSessionStoreOptions['absoluteTtl'] | boolean
  readonly onConflict?: KnexSessionStoreOptions['onConflict'] | boolean
}

/** The options that ask for columns. */
type Feature = 'userId' | 'absoluteTtl' | 'onConflict'

/** What true means for each. */
const meant: Readonly<Required<Pick<KnexSessionStoreOptions, Feature>>> = {
  userId: () => null,
  absoluteTtl: 1,
  onConflict: 'reject',
}

/**
 * Creates the session table, with its indexes and the columns that the options need, unless it
 * exists. For `up` of a migration; `knex` is what the migration gets. Resolves to whether the table
 * was created.
 *
 * A transaction that is rolled back takes the table with it, but not on MySQL, MariaDB and Oracle
 * Database: they commit when a table is created.
 *
 * Rejects with a `SessionStoreError` when a table of that name has other columns, and with a
 * `TypeError` for a wrong option.
 *
 * @example
 * ```ts
 * import '@knex-session/dialect-postgres'
 * import { createSessionTable, dropSessionTable } from '@knex-session/core/migration'
 * import type { Knex } from 'knex'
 *
 * export const up = (knex: Knex) => createSessionTable(knex, { userId: true })
 * export const down = (knex: Knex) => dropSessionTable(knex)
 * ```
 */
export function createSessionTable(knex: Knex, options?: SessionTableOptions): Promise<boolean> {
  return migrate(knex, options, (migration) => migration.create())
}

/**
 * Removes the session table with every session in it, if it exists. For `down` of a migration.
 * Resolves to whether there was a table. Rejects with a `SessionStoreError`, and removes nothing,
 * when the columns are not those of a session table.
 */
export function dropSessionTable(knex: Knex, options?: SessionTableOptions): Promise<boolean> {
  return migrate(knex, options, (migration) => migration.drop())
}

/**
 * Adds the columns that the options need and the session table does not have, with their indexes.
 * Resolves to the names of the added columns. Rejects with a `SessionStoreError` with code
 * `ERR_TABLE_MISSING` when there is no table.
 *
 * On PostgreSQL, an index is built without blocking writes only outside a transaction: put
 * `export const config = { transaction: false }` into the migration.
 */
export function addSessionColumns(
  knex: Knex,
  options?: SessionTableOptions,
): Promise<readonly string[]> {
  return migrate(knex, options, (migration) => migration.addColumns())
}

/**
 * Checks whether a store with these options can work on the table, and changes nothing. For a
 * deployment, or for a test of the migrations. Resolves to the problems; the list is empty when
 * there are none. Rejects with a `SessionStoreError` when the database does not answer.
 */
export function checkSessionTable(
  knex: Knex,
  options?: SessionTableOptions,
): Promise<readonly TableProblem[]> {
  return migrate(knex, options, (migration) => migration.problems())
}

async function migrate<Result>(
  knex: Knex,
  options: SessionTableOptions = {},
  change: (migration: TableMigration) => Promise<Result>,
): Promise<Result> {
  const { userId, absoluteTtl, onConflict } = options
  const resolved = resolveOptions({
    ...options,
    userId: asOption('userId', userId),
    absoluteTtl: asOption('absoluteTtl', absoluteTtl),
    onConflict: asOption('onConflict', onConflict),
    knex,
  })
  const adapter = resolved.dialect ?? dialectOf(knex)
  return change(new TableMigration(knex, adapter, tableOf(resolved, adapter)))
}

function asOption(name: Feature, value: unknown): unknown {
  if (typeof value !== 'boolean') return value
  return value ? meant[name] : undefined
}
