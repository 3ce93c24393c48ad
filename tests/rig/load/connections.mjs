/**
 * What a driver's connection has, of one driver or the other.
 * @typedef {object} Connection
 * @property {(sql: string) => unknown} [exec] of better-sqlite3, at once
 * @property {(sql: string, done: (error: unknown) => void) => unknown} [query]
 */

/**
 * For knex's option `pool`: each connection begins with these statements.
 * @param {readonly string[]} statements
 */
export function beginWith(statements) {
  /**
   * @param {Connection} connection
   * @param {(error: unknown, connection: Connection) => void} done
   */
  const afterCreate = (connection, done) => {
    const [statement, ...others] = statements
    if (statement === undefined) done(null, connection)
    else if (connection.exec) {
      try {
        for (const each of statements) connection.exec(each)
      } catch (error) {
        // Where several processes begin at once, SQLite does not wait to change the journal's mode.
        if (Object(error).code !== 'SQLITE_BUSY') throw error
        setTimeout(() => afterCreate(connection, done), 20)
        return
      }
      done(null, connection)
    } else {
      connection.query?.(statement, (error) => {
        if (error) done(error, connection)
        else beginWith(others).afterCreate(connection, done)
      })
    }
  }
  return { afterCreate }
}

/**
 * What knex is made of where each connection begins with some statements.
 * @param {{ readonly knex: import('knex').Knex.Config, readonly statements?: readonly string[] }}
 * config
 * @returns {import('knex').Knex.Config}
 */
export function knexConfig({ knex, statements }) {
  return statements ? { ...knex, pool: { ...knex.pool, ...beginWith(statements) } } : knex
}

/** Queries of the application's own that keep connections of its pool. */
export class Occupation {
  #knex
  /** @type {import('knex').Knex.Transaction[]} */
  #transactions = []

  /** @param {import('knex').Knex} knex */
  constructor(knex) {
    this.#knex = knex
  }

  /** @param {number} connections how many to take */
  async begin(connections) {
    const taken = await Promise.all(
      Array.from({ length: connections }, () => this.#knex.transaction()),
    )
    this.#transactions.push(...taken)
  }

  async end() {
    await Promise.all(this.#transactions.splice(0).map((transaction) => transaction.rollback()))
  }
}
