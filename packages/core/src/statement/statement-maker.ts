import type { Knex } from 'knex'
import type { DriverAccess } from '../dialect/index.js'

/** What statements are made with. */
export type StatementMaker = Pick<Knex, 'raw'> & { from(table: Knex.Raw): Knex.QueryBuilder }

/** The part of a client of knex that runs a query. */
interface Querying {
  query(connection: unknown, query: unknown): unknown
}

/** Stands for a dot in the name of a column. */
const dot = '\u0001'

/** The name of one column, as it is to be given to knex, which takes `a.b` for a table and its column. */
export function columnKey(name: string): string {
  return name.replaceAll('.', dot)
}

/**
 * Makes statements on the connections of a knex instance, with its events, but not with all of its
 * settings. Its hooks `wrapIdentifier` and `postProcessResponse` are left out: the store names its
 * columns by itself, and a count that a hook has made into something else would be wrong. With
 * `compileSqlOnError` knex would write the values of a statement into the errors of drivers; one
 * that breaks a connection is logged by knex, whatever the store makes of it. The adapter's driver
 * may leave out more, by what it knows of its client.
 */
export function withOwnSettings(knex: Knex, driver: DriverAccess | undefined): StatementMaker {
  const shared = knex.client as Knex.Client
  const config = {
    ...shared.config,
    wrapIdentifier: (name: string, wrap: (name: string) => string) =>
      wrap(name.replaceAll(dot, '.')),
    postProcessResponse: undefined,
    compileSqlOnError: false,
  }
  // Everything but the settings is the shared client's, also when it changes later: its pool, its
  // listeners.
  const client = Object.create(shared, {
    ...(knex.isTransaction === true ? inTransaction(knex as Knex.Transaction, shared) : {}),
    ...driver?.ownClient?.(shared),
    config: { value: config },
  }) as Knex.Client
  return {
    raw: ((sql: string, bindings: Knex.RawBinding[]) =>
      client.raw(sql, bindings) as Knex.Raw) as Knex['raw'],
    from: (table) => client.queryBuilder().from(table as unknown as string),
  }
}

/**
 * The client of a transaction runs every query by itself, with its own settings, whichever client
 * asked it (`makeTxClient`, `lib/execution/transaction.js` of knex 3.0 to 3.3); `query` is
 * therefore that of its prototype. After the transaction's end it is refused as any other.
 */
function inTransaction(transaction: Knex.Transaction, shared: Querying): PropertyDescriptorMap {
  const knexOwn = Object.getPrototypeOf(shared) as Querying
  return {
    query: {
      value(this: Querying, connection: unknown, asked: unknown) {
        return transaction.isCompleted()
          ? shared.query(connection, asked)
          : knexOwn.query.call(this, connection, asked)
      },
    },
  }
}

/** Runs a statement by knex on a connection that it lent. */
export function byKnex(query: Knex.Raw | Knex.QueryBuilder, connection: unknown): Promise<unknown> {
  return Promise.resolve(query.connection(connection as Knex.Client) as PromiseLike<unknown>)
}
