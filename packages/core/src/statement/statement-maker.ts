import type { Knex } from 'knex'
import type { DriverAccess } from '../dialect/index.js'

/** What statements are made with. */
export type StatementMaker = Pick<Knex, 'raw'> & { from(table: Knex.Raw): Knex.QueryBuilder }

/**
 * Makes statements on the connections of a knex instance, with its events, but not with all of its settings. Its hooks `wrapIdentifier` and
 * `postProcessResponse` are left out: the store names its columns by itself, and a count that a hook has made into something else would be
 * wrong. With `compileSqlOnError` knex would write the values of a statement into the errors of drivers; one that breaks a connection is
 * logged by knex, whatever the store makes of it. The adapter's driver may leave out more, by what it knows of its client.
 */
export function withOwnSettings(knex: Knex, driver: DriverAccess | undefined): StatementMaker {
  const shared = knex.client as Knex.Client
  const config = { ...shared.config, wrapIdentifier: undefined, postProcessResponse: undefined, compileSqlOnError: false }
  // Everything but the settings is the shared client's, also when it changes later: its pool, its listeners.
  const isCompleted = () => knex.isTransaction === true && (knex as Knex.Transaction).isCompleted()
  const client = Object.create(shared, { ...driver?.ownClient?.(shared, isCompleted), config: { value: config } }) as Knex.Client
  return {
    raw: ((sql: string, bindings: Knex.RawBinding[]) => client.raw(sql, bindings) as Knex.Raw) as Knex['raw'],
    from: (table) => client.queryBuilder().from(table as unknown as string),
  }
}
