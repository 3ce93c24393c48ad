import type { DriverAccess, Statement } from '@knex-session/core/dialect'
import { backendOf, type BackendClient } from './backend.js'
import { requestCancel, type CancellableClient } from './cancel.js'

type Done = (error: Error | null, result: unknown) => void

/** A query as node-postgres makes one itself of what `query` is given (pg 8, lib/query.js). */
interface ClientQuery {
  name: string | undefined
}

/** The part of a client of node-postgres, plain or native, that is used. */
interface Client {
  query(config: { name?: string; text: string; values: readonly unknown[] }, done: Done): void
  query(query: ClientQuery): void
  end(done: () => void): void
  /** Its protocol connection; the native client has none. */
  readonly connection?: { readonly stream?: { destroy(): void } }
}

/** The class of a plain client. */
interface ClientClass {
  readonly Query?: new (text: string, values: readonly unknown[], done: Done) => ClientQuery
}

/**
 * Runs statements by node-postgres itself: what knex does around one takes a third as long again as
 * the database.
 */
export const driver: DriverAccess = {
  accepts(connection) {
    const { query, end } = (connection ?? {}) as Partial<Client>
    return typeof query === 'function' && typeof end === 'function'
  },
  run(connection, statement) {
    return new Promise((resolve, reject) => {
      const { name, bindings } = statement
      const text = numbered(statement)
      const client = connection as Client
      const done: Done = (error, result) => {
        if (error) reject(error)
        else resolve(result)
      }
      const { Query } = client.constructor as ClientClass
      if (Query === undefined || client.connection === undefined)
        client.query({ text, values: bindings, ...(name === undefined ? {} : { name }) }, done)
      else {
        // Of an object it would copy every property by its descriptor, a microsecond each time.
        const query = new Query(text, bindings, done)
        query.name = name
        client.query(query)
      }
    })
  },
  cancelQuery(connection, { signal, settings }) {
    // libpq's own request, which the native client makes, would block the whole process until the
    // server answers.
    const { connection: protocol } = connection as Client
    return protocol?.stream === undefined
      ? undefined
      : requestCancel(connection as CancellableClient, signal, settings['stream'])
  },
  async identifyBackend(connection) {
    // The native client does not tell which process works for it.
    return (connection as Client).connection?.stream === undefined
      ? undefined
      : backendOf(connection as BackendClient)
  },
  destroy(connection) {
    const client = connection as Client
    // `end` by itself would wait for the answer that does not come.
    client.connection?.stream?.destroy()
    client.end(() => undefined)
  },
}

const texts = new Map<string, string>()

/**
 * The text with PostgreSQL's own placeholders, `$1` for the first `?`. There are few texts: none
 * depends on the number of rows.
 */
function numbered({ sql }: Statement): string {
  const known = texts.get(sql)
  if (known !== undefined) return known
  let place = 0
  const text = sql.replace(/\\\?|\?/g, (mark) => (mark === '?' ? `$${String(++place)}` : '?'))
  texts.set(sql, text)
  return text
}
