import type { Socket } from 'node:net'

/** The part of node-postgres's protocol connection that is used. */
interface ProtocolConnection {
  readonly stream: Socket
  readonly ssl: unknown
  readonly sslNegotiation?: string
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: unknown): void
  on(event: 'connect' | 'sslconnect' | 'end', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

/**
 * The part of a client of node-postgres that knows where its server is, and which of its processes
 * works for the client.
 */
export interface CancellableClient {
  readonly connection: ProtocolConnection
  readonly host: string
  readonly port: number
  readonly processID: number | null
  readonly secretKey: unknown
}

/**
 * Asks the server to cancel what it does for a client, by the protocol's CancelRequest
 * (PostgreSQL's documentation, "Canceling Requests in Progress"): on a connection of its own that
 * ends before any login, so that it takes no connection slot. PgBouncer hands it on to the server
 * that works for the client. `stream` is node-postgres's option: where a function of the
 * application's makes the way to the server, it makes this one too; a stream that was made already
 * cannot be used again. TLS and Unix sockets are as the client has them. Resolves when the server
 * has closed the connection, which it does once it has told its process; rejects when that cannot
 * be reached, or when `signal` is aborted first.
 */
export async function requestCancel(
  client: CancellableClient,
  signal: AbortSignal,
  stream?: unknown,
): Promise<void> {
  const { connection, host, port, processID, secretKey } = client
  if (processID === null) throw new Error('the server did not send its process id')
  if (stream !== undefined && stream !== null && typeof stream !== 'function')
    throw new Error('the stream to the server cannot be made again')
  const { ssl, sslNegotiation } = connection
  const Connection = connection.constructor as new (config: object) => ProtocolConnection
  const request = new Connection({ ssl, sslNegotiation, stream })
  const cancel = () => request.cancel(processID, secretKey)
  const destroy = () => request.stream.destroy()
  signal.addEventListener('abort', destroy)
  try {
    await new Promise<void>((resolve, reject) => {
      request.on('error', reject)
      request.on('end', resolve)
      if (!ssl) request.on('connect', cancel)
      else if (sslNegotiation !== 'direct') request.on('connect', () => request.requestSsl())
      request.on('sslconnect', cancel)
      if (host.startsWith('/')) request.connect(`${host}/.s.PGSQL.${String(port)}`)
      else request.connect(port, host)
    })
    signal.throwIfAborted()
  } finally {
    signal.removeEventListener('abort', destroy)
    destroy()
  }
}
