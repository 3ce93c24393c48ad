import createKnex from 'knex'
import Firebird from 'node-firebird'
import { compileColumn, compileTable } from './schema.mjs'

/** @typedef {import('node-firebird').Transaction} Transaction */

/**
 * What knex's pool holds. The members that begin with an underscore are not of the driver's public
 * interface, which has no way to end a connection at once.
 * @typedef {import('node-firebird').Database & { connection: { _isClosed: boolean, _socket: {
 * destroy(): void } }, open?: Transaction | undefined }} Connection
 */

/**
 * A write waits for a row that another transaction changed, at most for so many seconds. A
 * statement sees what was committed before it: Firebird has this by the name `read committed record_version`,
 * the driver by `ISOLATION_READ_UNCOMMITTED`; its `ISOLATION_READ_COMMITTED` has readers wait too.
 */
const readCommitted = {
  isolation: Firebird.ISOLATION_READ_UNCOMMITTED,
  wait: true,
  waitTimeout: 10,
}

/**
 * A snapshot, so that a blob is still there when it is read, after its row was: with other
 * transactions the server may have removed it by then, after a write of the row.
 */
const snapshot = { isolation: Firebird.ISOLATION_REPEATABLE_READ, readOnly: true }

/**
 * Errors that have a code in common, distinguished by the beginning of the driver's message, which
 * holds no value: as Firebird calls them.
 * @type {readonly (readonly [RegExp, string])[]}
 */
const named = [
  [/^Dynamic SQL Error, SQL error code = -204, Table unknown, /, 'dsql_relation_err'],
  [/^Dynamic SQL Error, SQL error code = -104, /, 'dsql_token_unk_err'],
  [/^Dynamic SQL Error, SQL error code = -303, Arithmetic exception, /, 'string_truncation'],
  [/^Arithmetic exception, .*, string right truncation, /, 'string_truncation'],
  [/^Unsuccessful metadata update, CREATE [^,]* failed, .* already exists$/s, 'dyn_dup_table'],
  [
    /^Unsuccessful metadata update, CREATE [^,]* failed, Violation of PRIMARY or UNIQUE KEY /,
    'dyn_dup_table',
  ],
  [/^Unsuccessful metadata update, [^,]* failed, Deadlock, /, 'deadlock'],
  [/^BLOB not found$/, 'rec_gone'],
  [/^cannot update erased record$/, 'rec_gone'],
  [/^Connection (to Firebird server was lost|is closed)/, 'net_read_err'],
]

/**
 * The driver's error with a `code`: Firebird's own number, or a name from {@link named}.
 * @param {unknown} error
 */
const coded = (error) => {
  const {
    message = '',
    gdscode,
    code,
  } = /** @type {{ message?: string, gdscode?: number, code?: string }} */ (error)
  const name = named.find(([beginning]) => beginning.test(message))?.[1]
  return Object.assign(/** @type {Error} */ (error), { code: name ?? gdscode ?? code })
}

/**
 * A knex client for Firebird 3 and newer, to be given as the option `client`; `connection` has the
 * options of `node-firebird`. It does what a session store needs: selects, updates, deletes,
 * inserts of one row, raw statements, transactions and savepoints, and a small part of `knex.schema`.
 */
export class FirebirdClient extends createKnex.Client {
  _driver() {
    return Firebird
  }

  /**
   * @override
   * @returns {Promise<Connection>}
   */
  async acquireRawConnection() {
    const options = {
      encoding: 'UTF8',
      blobReadChunkSize: 65_535,
      blobChunkSize: 65_535,
      ...this.connectionSettings,
      blobAsText: true,
      // Without it the driver connects again by itself, in the middle of a transaction too.
      isPool: true,
    }
    return /** @type {Connection} */ (
      await Firebird.attachAsync(/** @type {import('node-firebird').Options} */ (options)).catch(
        (error) => {
          throw coded(error)
        },
      )
    )
  }

  /**
   * @override
   * @param {Connection} connection
   */
  async validateConnection({ connection }) {
    return !connection._isClosed
  }

  /**
   * Closes the socket: the server then rolls back what is open, and gives up what it is doing.
   * @override
   * @param {Connection} connection
   */
  async destroyRawConnection({ connection }) {
    connection._socket.destroy()
  }

  /** @param {Connection} connection @param {{ sql: string, bindings?: unknown[], response?: unknown }} query */
  async _query(connection, query) {
    if (!query.sql) throw new Error('the query is empty')
    try {
      query.response = await answer(connection, query)
    } catch (error) {
      throw coded(error)
    }
    return query
  }

  /** @param {{ response: Response, method?: string, pluck?: string, output?: Function }} query @param {unknown} runner */
  processResponse({ response, method, pluck = '', output }, runner) {
    if (output) return output.call(runner, response)
    switch (method) {
      case 'select':
        return response.rows
      case 'first':
        return response.rows[0]
      case 'pluck':
        return response.rows.map((row) => row[pluck])
      case 'insert':
      case 'del':
      case 'update':
      case 'counter':
        return response.affectedRows
      default:
        return response
    }
  }

  /**
   * @override
   * @param {unknown} builder
   */
  tableCompiler(builder) {
    return compileTable(super.tableCompiler(builder))
  }

  /**
   * @override
   * @param {unknown} table @param {unknown} builder
   */
  columnCompiler(table, builder) {
    return compileColumn(super.columnCompiler(table, builder))
  }

  /**
   * @override
   * @param {any} builder @param {any} [formatter] knex's types have none
   */
  queryCompiler(builder, formatter) {
    const make = /** @type {(...args: any[]) => any} */ (super.queryCompiler)
    const compiler = make.call(this, builder, formatter)
    const { limit, offset } = compiler
    // In Firebird the offset comes first.
    compiler.limit = () =>
      [
        offset.call(compiler).replace(/^offset (.*)$/, 'offset $1 rows'),
        limit.call(compiler).replace(/^limit (.*)$/, 'fetch next $1 rows only'),
      ]
        .filter(Boolean)
        .join(' ')
    compiler.offset = () => ''
    return compiler
  }

  /**
   * On the connection itself. knex's types have no argument.
   * @override
   * @param {Connection} [connection]
   */
  async cancelQuery(connection) {
    await connection?.cancelAsync()
  }
}

/** @typedef {{ rows: Record<string, unknown>[], affectedRows: number }} Response */

/**
 * Firebird's transactions are begun and ended by the driver, and a statement outside of one has one
 * of its own. Savepoints are SQL.
 * @param {Connection} connection
 * @param {{ sql: string, bindings?: unknown[], method?: string }} query
 * @returns {Promise<Response>}
 */
const answer = async (connection, { sql, bindings = [], method }) => {
  const { open } = connection
  switch (sql) {
    case 'BEGIN;':
      connection.open = await connection.transactionAsync(readCommitted)
      return none
    case 'COMMIT;':
      connection.open = undefined
      await open?.commitAsync()
      return none
    case 'ROLLBACK':
      connection.open = undefined
      await open?.rollbackAsync()
      return none
  }
  if (open) return run(open, sql, bindings)
  const reads = method === 'select' || method === 'first' || method === 'pluck'
  const own = await connection.transactionAsync(reads ? snapshot : readCommitted)
  try {
    const result = await run(own, sql, bindings)
    await own.commitAsync()
    return result
  } catch (error) {
    await own.rollbackAsync().catch(() => {})
    throw error
  }
}

/** @type {Response} */
const none = { rows: [], affectedRows: 0 }

/** @param {Transaction} transaction @param {string} sql @param {unknown[]} bindings */
const run = async (transaction, sql, bindings) => {
  const { rows = [], affectedRows } = await transaction.queryAsync(sql, bindings, {
    withMeta: true,
  })
  return { rows: [rows].flat(), affectedRows }
}

// The name by which the store finds the adapter. The driver cancels on the connection itself.
Object.assign(FirebirdClient.prototype, {
  driverName: 'firebird',
  dialect: 'firebird',
  canCancelQuery: true,
})
