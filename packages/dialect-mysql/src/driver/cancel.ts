import type { CancelMeans } from '@knex-session/core/dialect'
import { connect, type Socket } from 'node:net'

/** The part of a connection of mysql2 that is used to stop what another one waits for. */
export interface KillableConnection {
  readonly threadId: number
  readonly stream: Pick<Socket, 'remoteAddress' | 'remotePort'>
  readonly config: object & { readonly socketPath?: string; readonly stream?: unknown }
  query(sql: string, values: readonly unknown[], done: (error: Error | null) => void): void
  on(event: 'error', listener: () => void): unknown
  destroy(): void
  /** What those of the driver's own pools have besides. */
  readonly release?: unknown
  readonly constructor: unknown
}

/**
 * Stops the statement of a connection by `kill query` (MySQL's reference manual, "KILL Statement"),
 * over one more connection to the same address, and where the server has no room for one, over
 * another one of the pool. A name may stand for several servers, and the number of the connection
 * means another one on each.
 */
export async function killQuery(
  connection: KillableConnection,
  { signal, controlConnection }: CancelMeans,
): Promise<void> {
  const other = oneMore(connection)
  try {
    await kill(connection, other, signal)
  } catch (error) {
    signal.throwIfAborted()
    await controlConnection(async (lent) => {
      if (!sameServer(connection, lent as KillableConnection)) throw error
      await kill(connection, lent as KillableConnection, signal)
    })
  } finally {
    other.destroy()
  }
}

/** A connection with the settings of another, to where that one has found its server. */
function oneMore(connection: KillableConnection): KillableConnection {
  const { config, stream, constructor } = connection
  // A connection of mysql2's own pools takes the pool first (lib/pool_connection.js); the class
  // that it extends does not.
  const Connection = (
    typeof connection.release === 'function' ? Object.getPrototypeOf(constructor) : constructor
  ) as new (options: { config: object }) => KillableConnection
  const { remoteAddress, remotePort } = stream
  // A stream of the application's may be a function that makes another; one that is made already
  // cannot be used again.
  const toSamePlace =
    config.socketPath === undefined &&
    config.stream === undefined &&
    remoteAddress !== undefined &&
    remotePort !== undefined
      ? { stream: { value: () => connect(remotePort, remoteAddress) } }
      : {}
  const other = new Connection({ config: Object.create(config, toSamePlace) as object })
  // Each failure is told to the query as well.
  other.on('error', () => undefined)
  return other
}

function kill(
  { threadId }: KillableConnection,
  other: KillableConnection,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      other.destroy()
      reject(new Error('the server did not answer in time'))
    }
    signal.addEventListener('abort', abort)
    other.query('kill query ?', [threadId], (error) => {
      signal.removeEventListener('abort', abort)
      if (error) reject(error)
      else resolve()
    })
  })
}

function sameServer(one: KillableConnection, other: KillableConnection): boolean {
  return (
    one.stream.remoteAddress === other.stream.remoteAddress &&
    one.stream.remotePort === other.stream.remotePort
  )
}
