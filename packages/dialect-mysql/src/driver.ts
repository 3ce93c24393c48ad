import type { DialectAdapter, DriverAccess } from '@knex-session/core/dialect'
import { backendOf, type BackendConnection } from './backend.js'
import { killQuery, type KillableConnection } from './kill-query.js'

type Done = (error: Error | null, rows: unknown, fields: unknown) => void

/** The part of a connection of mysql2 that is used; `unprepare` tells it from those of mysql and of MariaDB's connector. */
interface Connection {
  query(sql: string, values: readonly unknown[], done: Done): void
  execute(sql: string, values: readonly unknown[], done: Done): void
  unprepare(sql: string): void
  destroy(): void
}

/** Runs statements by mysql2 itself, named ones as prepared statements, which the driver keeps per connection by their text. */
export const driver: DriverAccess = {
  knows(connection) {
    const { execute, unprepare } = (connection ?? {}) as Partial<Connection>
    return typeof execute === 'function' && typeof unprepare === 'function'
  },
  run(connection, { sql, bindings, name }) {
    return new Promise((resolve, reject) => {
      const done: Done = (error, rows, fields) => {
        if (error) reject(error)
        else resolve([rows, fields])
      }
      if (name === undefined) (connection as Connection).query(sql, bindings, done)
      else (connection as Connection).execute(sql, bindings, done)
    })
  },
  cancel(connection, means) {
    return killQuery(connection as KillableConnection, means)
  },
  backend(connection) {
    return backendOf(connection as BackendConnection)
  },
  end(connection) {
    ;(connection as Connection).destroy()
  },
}

/**
 * MariaDB's connector writes a statement with its values into its errors, and knex logs one that breaks a connection. Without `logParam`
 * it writes the text alone (`lib/cmd/parser.js`, 3.5). mysql and mysql2 do not know the option and pass it by.
 */
export const statementOptions: NonNullable<DialectAdapter['statementOptions']> = Object.freeze({ logParam: false })
