import type { DriverAccess } from '@knex-session/core/dialect'
import { declaringAlike } from './declarations.js'
import {
  cancelOldest,
  send,
  sendInTurn,
  type Connection as Sending,
  type Request,
} from './requests.js'

/** The part of a connection of tedious that is used. */
interface Connection extends Sending {
  close(): void
  emit(event: 'end'): boolean
}

/** The part of knex's client that is looked at. */
interface Client {
  readonly transacting?: boolean
  readonly connectionSettings?: Readonly<{ options?: object }>
  processResponse(query: Query, runner: unknown): unknown
}

/** A query that knex has run: rows as tedious gives them. */
interface Query {
  readonly returning?: unknown
  readonly response?: readonly (readonly [{ readonly value: unknown }])[]
}

/**
 * What knex cannot do with tedious: cancel a statement, and run separately the statements of
 * several connections.
 */
export const driver: DriverAccess = {
  accepts(connection) {
    const { execSql, cancel, close } = (connection ?? {}) as Partial<Connection>
    return [execSql, cancel, close].every((method) => typeof method === 'function')
  },
  /**
   * - knex has one queue of requests for all clients of the process (`requestQueue`,
   *   `lib/dialects/mssql/index.js` of knex 3.0 to 3.3), and whichever connection ends a request
   *   takes the newest of it: that of a transaction on another connection, too. Requests of the
   *   store are sent on the connection that was lent for them, and take none along; where it is
   *   busy, tedious says so at once, and they are sent again.
   * - In a transaction, whose connection the store shares with the application, they wait for their
   *   turn on it, and their end has to let the next one of knex's queue go.
   * - `mapBinding` may bind texts in a code page, which makes question marks of what that lacks.
   * - Texts are declared alike, whatever their lengths, so that the server keeps few plans.
   * - The count of deleted rows is in a column without a name, by which knex reads it; Babelfish
   *   calls it `rowcount`.
   */
  ownClient(shared) {
    const client = shared as Client
    return {
      ...(client.transacting === true ? inTransaction : onPool),
      ...declaringAlike(client),
      // Looked up each time: knex makes the settings anew where they come from a function.
      connectionSettings: { get: () => withoutMapBinding(client.connectionSettings) },
      processResponse: {
        value(this: Client, query: Query, runner: unknown) {
          const result = client.processResponse.call(this, query, runner)
          return query.returning === '@@rowcount'
            ? (query.response?.[0]?.[0].value ?? result)
            : result
        },
      },
    }
  },
  /**
   * An attention, on the connection itself. With `xact_abort` the server rolls the batch's
   * transaction back.
   */
  cancelQuery(connection) {
    cancelOldest(connection as Connection)
    return Promise.resolve()
  },
  destroy(connection) {
    const ended = connection as Connection
    ended.close()
    // knex's pool closes it once more, and waits for an event that tedious gives once only.
    ended.close = () => {
      process.nextTick(() => ended.emit('end'))
    }
  },
}

const onPool: PropertyDescriptorMap = {
  _enqueueRequest: { value: send },
  _chomp: { value: () => undefined },
}

const inTransaction: PropertyDescriptorMap = {
  _enqueueRequest: {
    value: (request: Request, connection: Connection) => sendInTurn(request, connection),
  },
}

function withoutMapBinding(settings: Client['connectionSettings']): Client['connectionSettings'] {
  return settings && { ...settings, options: { ...settings.options, mapBinding: undefined } }
}
