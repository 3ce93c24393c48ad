import type { Knex } from 'knex'
import { dialectOf } from './dialect/index.js'
import type { KnexSessionStoreOptions } from './store/options/options.js'
import { resolveOptions } from './store/options/resolve.js'
import { tableOf } from './store/options/table.js'
import { TableMigration, type TableProblem } from './table/setup/migration.js'

export type { TableProblem } from './table/setup/migration.js'

/**
 * What says how a session table looks: the options of the store that will use it. Those that have
 * nothing to do with the table are checked and change nothing, so that a migration and the store
 * can share one object. For `userId`, `absoluteTtl` and `onConflict`, true is enough.
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
 * Makes the session table, with its indexes and the columns that the options ask for, unless it is
 * there: for `up` of a migration. `knex` is what the migration gets. In its transaction everything
 * is undone with it, but for MySQL, MariaDB and Oracle Database, which commit when a table is made.
 * Resolves to whether the table was made; rejects with a `SessionStoreError` where a table of that
 * name has other columns, and with a `TypeError` for a wrong option.
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
 * Removes the session table and every session in it, if it is there: for `down` of a migration.
 * Resolves to whether it was there; rejects with a `SessionStoreError`, and removes nothing, where
 * the table is no session table by its columns.
 */
export function dropSessionTable(knex: Knex, options?: SessionTableOptions): Promise<boolean> {
  return migrate(knex, options, (migration) => migration.drop())
}

/**
 * Adds to a session table that is there the columns, with their indexes, that the options ask for
 * and that it does not have. Resolves to the names of those that were added. Rejects with a
 * `SessionStoreError`, code `ERR_TABLE_MISSING`, where there is no table. On PostgreSQL an index is
 * made without blocking writes only outside a transaction: `export const config = { transaction:
 * false }` in the migration.
 */
export function addSessionColumns(
  knex: Knex,
  options?: SessionTableOptions,
): Promise<readonly string[]> {
  return migrate(knex, options, (migration) => migration.addColumns())
}

/**
 * Looks whether a store with these options can work on the table that is there, and changes nothing:
 * for a deployment, or a test of the migrations. Resolves to what is wrong, to none where nothing
 * is; rejects with a `SessionStoreError` where the database does not answer.
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
