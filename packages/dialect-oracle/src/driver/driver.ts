import type { DriverAccess } from '@knex-session/core/dialect'
import { statementOptions } from '../codecs.js'
import { committingClient } from './own-client.js'

/** The part of a connection of node-oracledb that is used. */
interface Connection {
  break(): Promise<void>
  rollback(): Promise<void>
  close(options: { readonly drop: boolean }): Promise<void>
}

/**
 * What knex cannot do with node-oracledb: commit by the statement itself, stop one, and end the
 * transaction of one that failed.
 */
export const driver: DriverAccess = {
  accepts(connection) {
    const { break: stop, rollback, close } = (connection ?? {}) as Partial<Connection>
    return [stop, rollback, close].every((method) => typeof method === 'function')
  },
  options: statementOptions,
  ownClient: committingClient,
  /**
   * On the connection itself; the statement fails with ORA-01013
   * (https://node-oracledb.readthedocs.io/en/latest/api_manual/connection.html).
   */
  cancelQuery: (connection) => (connection as Connection).break(),
  /**
   * Oracle undoes what a failed statement did, and keeps the transaction: who waits for a row that
   * it had locked waits on until the transaction ends, also after a rollback to a savepoint
   * (Database 2 Day Developer's Guide 19c, Rolling Back Transactions). knex commits after a success
   * only.
   */
  rollback: (connection) => (connection as Connection).rollback(),
  destroy(connection) {
    const ended = connection as Connection
    // The driver closes when the statement has ended, for which it has to be stopped.
    void ended
      .break()
      .catch(ignore)
      .then(() => ended.close({ drop: true }))
      .catch(ignore)
  },
}

function ignore(): void {
  // A connection that cannot be stopped or closed is gone.
}
