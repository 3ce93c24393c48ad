/** The part of a connection, as knex extends it, that its client runs queries by. */
interface Connection {
  readonly isTransaction?: boolean
  executeAsync(sql: string, binds: unknown, options?: object): Promise<Result>
}

/** What node-oracledb reports of a statement; the binds by their places. */
interface Result {
  readonly rows?: unknown
  readonly outBinds?: readonly unknown[] | undefined
}

/** The part of a query of knex that is looked at. */
interface Query {
  readonly method?: string
}

/** The part of knex's client that runs a query. */
interface Client {
  _query(connection: unknown, query: Query): unknown
}

/**
 * `oracledb.BIND_INOUT` (`lib/constants.js` of node-oracledb 26): a bind of the type of its value.
 */
export const bindInOut = 3002

/**
 * What a client of knex for the store does otherwise (`_query`, `lib/dialects/oracledb/index.js` of
 * knex 3.3).
 *
 * - The statement commits (`autoCommit`, which knex sets to false), in place of a commit after it:
 *   one round trip of two.
 * - Values that come back by binds are a row. knex commits nothing where there are any.
 *
 * Not for what knex's builder selects: the thin driver leaves the commit out where it runs such a
 * query again and fetches rows with it (`writeReExecuteMessage`,
 * `lib/thin/protocol/messages/execute.js` of node-oracledb 26).
 */
export function committingClient(shared: object): PropertyDescriptorMap {
  const client = shared as Client
  return {
    _query: {
      value(this: Client, connection: Connection, query: Query) {
        const by = query.method === 'select' ? connection : committing(connection)
        return client._query.call(this, by, query)
      },
    },
  }
}

/** The values that came back by binds. */
export function outBindsIn(result: unknown): readonly unknown[] {
  const [row] = Array.isArray(result) ? (result as readonly Partial<Result>[]) : []
  if (row?.outBinds !== undefined) return row.outBinds
  // As knex by itself gives them: then it has not committed.
  throw new TypeError(
    '[knex-session] [oracle] with this version of knex what was written is not committed; install one from 3.0 to 3.3',
  )
}

/**
 * The connection, for one query: knex leaves a commit out in a transaction of the application's.
 */
function committing(connection: Connection): Connection {
  return Object.create(connection, {
    executeAsync: {
      async value(sql: string, binds: unknown, options?: object) {
        const autoCommit = connection.isTransaction !== true
        const result = await connection.executeAsync(sql, binds, { ...options, autoCommit })
        const { outBinds } = result
        return outBinds ? { ...result, rows: [{ outBinds }], outBinds: undefined } : result
      },
    },
    commitAsync: { value: () => Promise.resolve() },
  }) as Connection
}
