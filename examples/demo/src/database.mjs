import knexPackage from 'knex'

/**
 * A knex on an SQLite file, which is made if it is missing.
 * @param {string} filename
 * @param {object} [options]
 * @param {readonly string[]} [options.pragmas] settings of each connection
 * @param {() => void} [options.onStatement] called for each statement that runs
 */
export const openDatabase = (filename, { pragmas = [], onStatement } = {}) =>
  knexPackage({
    client: 'better-sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    pool: {
      min: 0,
      max: 1,
      /**
       * @param {Connection} connection
       * @param {(error: unknown, connection: Connection) => void} done
       */
      afterCreate(connection, done) {
        // The driver waits for a lock on the thread, and the whole process with it. The store
        // tries again by itself, and answers others meanwhile.
        for (const pragma of ['busy_timeout = 0', ...pragmas]) connection.pragma(pragma)
        if (onStatement) countStatements(connection, onStatement)
        done(null, connection)
      },
    },
  })

/**
 * A connection of better-sqlite3, as far as it is used here.
 * @typedef {object} Connection
 * @property {(pragma: string) => unknown} pragma
 * @property {(sql: string) => Record<'all' | 'run', (...bindings: unknown[]) => unknown>} prepare
 */

/**
 * @param {Connection} connection
 * @param {() => void} onStatement
 */
const countStatements = (connection, onStatement) => {
  const prepare = connection.prepare.bind(connection)
  connection.prepare = (sql) => {
    const statement = prepare(sql)
    for (const method of /** @type {const} */ (['all', 'run'])) {
      const run = statement[method].bind(statement)
      statement[method] = (...bindings) => {
        onStatement()
        return run(...bindings)
      }
    }
    return statement
  }
}
