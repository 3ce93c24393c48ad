import type { DriverAccess } from '@knex-session/core/dialect'
import { backendOf, type BackendConnection } from './backend.js'
import { killQuery, type KillableConnection } from './cancel.js'
import { isUncommitted, ownClient, UnusableConnection } from './usable.js'
import {
  statementOptions,
  withOwnOptions,
  type ConnectionOptions,
  type OwnOptions,
} from '../statement-options.js'

type Done = (error: Error | null, rows: unknown, fields: unknown) => void

/**
 * The part of a connection of mysql2 that is used; `unprepare` distinguishes it from those of mysql
 * and of MariaDB's connector.
 */
interface Connection {
  readonly config?: ConnectionOptions
  query(sql: string | OwnOptions, values: readonly unknown[], done: Done): void
  execute(sql: string | OwnOptions, values: readonly unknown[], done: Done): void
  unprepare(sql: string): void
  destroy(): void
}

/**
 * Runs statements by mysql2 itself, named ones as prepared statements, which the driver keeps per
 * connection by their text.
 */
export const driver: DriverAccess = {
  accepts(connection) {
    const { execute, unprepare } = (connection ?? {}) as Partial<Connection>
    return typeof execute === 'function' && typeof unprepare === 'function'
  },
  options: statementOptions,
  ownClient,
  run(connection, { sql, bindings, name }) {
    return new Promise((resolve, reject) => {
      const done: Done = (error, rows, fields) => {
        if (error) reject(error)
        else if (isUncommitted(rows))
          (connection as Connection).query('rollback', [], () => {
            reject(new UnusableConnection('autocommit = 0'))
          })
        else resolve([rows, fields])
      }
      const { config } = connection as Connection
      if (name === undefined)
        (connection as Connection).query(withOwnOptions(sql, config), bindings, done)
      else (connection as Connection).execute(withOwnOptions(sql, config), bindings, done)
    })
  },
  cancelQuery(connection, means) {
    return killQuery(connection as KillableConnection, means)
  },
  identifyBackend(connection) {
    return backendOf(connection as BackendConnection)
  },
  destroy(connection) {
    ;(connection as Connection).destroy()
  },
}
