import { statementOptions } from '../statement-options.js'

/**
 * Bits of the status that comes with a result (MySQL's `include/mysql_com.h`): a transaction is
 * open; statements are committed by themselves.
 */
const inTransaction = 1
const autocommit = 2

/** A connection with a setting that no store works on: nothing was written by it. */
export class UnusableConnection extends Error {
  constructor(setting: string) {
    super(
      `the connection has ${setting}, with which no session would be safe; leave that out (look at \`pool.afterCreate\` and at the server)`,
    )
  }
}

/** The part of a result, or of what a connection knows of itself, that is looked at. */
interface WithStatus {
  /** mysql and mysql2, for writes. */
  readonly serverStatus?: unknown
}

/** The part of knex's clients that queries are sent by, whatever the driver. */
interface Client {
  readonly transacting?: boolean
  _query(connection: unknown, query: Query): Promise<Query>
}

interface Query {
  readonly sql: string
  readonly options?: object
  readonly response?: readonly [rows: unknown, fields: unknown]
}

/**
 * Whether a statement that was done waits for a commit, by what came with its result: mysql and
 * mysql2 report the status for writes, MariaDB's connector (`status`) keeps that of each answer.
 * Where nothing reports it, nothing is known.
 */
export function isUncommitted(rows: unknown, status?: unknown): boolean {
  const reported = (rows as WithStatus | null | undefined)?.serverStatus ?? status
  return typeof reported === 'number' && (reported & (inTransaction | autocommit)) === inTransaction
}

/** Whether values are escaped as each connection of mysql and mysql2 understands them. */
const escapes = new WeakMap<object, Promise<boolean>>()

/**
 * What knex sends goes through `_query` of its client. Connections of a pool may differ, so each is
 * looked at: a write that is not committed is rolled back, and no value is put into a statement for
 * a connection that reads backslashes as they are, for which mysql and mysql2 do not escape. In a
 * transaction of the application's nothing is committed, and its one connection has been looked at.
 */
export function ownClient(shared: object): PropertyDescriptorMap {
  const client = shared as Client
  if (client.transacting === true || typeof client._query !== 'function') return {}
  return {
    _query: {
      async value(this: Client, connection: object, query: Query): Promise<Query> {
        const { info } = connection as { readonly info?: { readonly status?: unknown } }
        if (!info && !(await takesEscapes(client, connection)))
          throw new UnusableConnection('NO_BACKSLASH_ESCAPES in its sql_mode')
        const done = await client._query.call(this, connection, query)
        if (!isUncommitted(done.response?.[0], info?.status)) return done
        await client._query(connection, { sql: 'rollback' }).catch(ignore)
        throw new UnusableConnection('autocommit = 0')
      },
    },
  }
}

async function takesEscapes(client: Client, connection: object): Promise<boolean> {
  const asking = escapes.get(connection) ?? ask(client, connection)
  escapes.set(connection, asking)
  try {
    return await asking
  } catch (error) {
    escapes.delete(connection)
    throw error
  }
}

async function ask(client: Client, connection: object): Promise<boolean> {
  const sql = "select @@sql_mode like '%NO_BACKSLASH_ESCAPES%' as plain"
  const { response } = await client._query(connection, { sql, options: statementOptions })
  const [row] = (response?.[0] ?? []) as readonly { readonly plain?: unknown }[]
  return Number(row?.plain ?? 0) === 0
}

function ignore(): void {
  // What a connection that broke has not committed is rolled back by the server.
}
