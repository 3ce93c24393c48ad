import type { Backend } from '@knex-session/core/dialect'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { withOwnOptions, type ConnectionOptions, type OwnOptions } from '../statement-options.js'

/** The part of a connection of mysql2 that is used to end what the server does for another one. */
export interface BackendConnection {
  readonly threadId: number
  readonly stream: Pick<Socket, 'destroyed' | 'writableEnded'>
  readonly config?: ConnectionOptions
  query(
    sql: string | OwnOptions,
    values: readonly unknown[],
    done: (error: Error | null, rows: unknown) => void,
  ): void
}

/**
 * Where threads are listed, the better one first: MySQL 8.0.35 and newer advise against the other,
 * which delays all logins (manual, section 28.3.23).
 */
const lists = ['performance_schema.processlist', 'information_schema.processlist'] as const

/**
 * Which server it is: several may be behind one address, and numbers of threads mean others on
 * each.
 */
const server = `concat_ws(' ', @@hostname, @@port, @@server_id)`

/**
 * The address and port that the server sees. Numbers of threads begin again with the server and
 * mean other threads on other servers; the port distinguishes them. Proxies that tell numbers of
 * their own have no row.
 */
const own = (list: string) =>
  `select host as peer, ${server} as server from ${list} where id = connection_id() and id = ?`

/** No row when the thread is gone. */
const found = (list: string) => `select 1 from ${list} where id = ? and host = ?`

/** How often the server is asked whether the thread is gone, in ms. */
const pause = 10

/**
 * How to end the server's thread for a connection, with what is still on the way to it; `undefined`
 * where it cannot be told from others.
 */
export async function backendOf(connection: BackendConnection): Promise<Backend | undefined> {
  const thread = await threadOf(connection)
  if (!thread) return undefined
  return {
    // `destroy` of mysql2 ends the stream only.
    isLost: () => connection.stream.destroyed || connection.stream.writableEnded,
    kill: (by, signal) => kill(by as BackendConnection, thread, signal),
  }
}

/** A thread of a server, as another connection finds it. */
interface Thread {
  readonly id: number
  readonly peer: string
  readonly server: unknown
  /** Where threads are listed there. */
  readonly list: string
}

async function threadOf(connection: BackendConnection): Promise<Thread | undefined> {
  const { threadId: id } = connection
  for (const list of lists) {
    const [row] = await rowsOf(connection, own(list), [id]).catch(() => [])
    const peer = row?.['peer']
    // By a Unix socket there is no port.
    if (typeof peer === 'string' && /:\d+$/.test(peer))
      return { id, peer, server: row?.['server'], list }
  }
  return undefined
}

/**
 * Resolves when there is no such thread, so that its transaction has been rolled back, or had been
 * committed.
 */
async function kill(
  by: BackendConnection,
  { id, peer, server: where, list }: Thread,
  signal: AbortSignal,
): Promise<void> {
  const [row] = await rowsOf(by, `select ${server} as server`, [])
  if (row?.['server'] !== where) throw new Error('the connection is one to another server')
  while ((await rowsOf(by, found(list), [id, peer])).length > 0) {
    // It may have ended by itself meanwhile.
    await rowsOf(by, 'kill ?', [id]).catch(() => undefined)
    await delay(pause, undefined, { signal })
  }
}

function rowsOf(
  connection: BackendConnection,
  sql: string,
  values: readonly unknown[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return new Promise((resolve, reject) => {
    connection.query(withOwnOptions(sql, connection.config), values, (error, rows) => {
      if (error) reject(error)
      else resolve(rows as readonly Readonly<Record<string, unknown>>[])
    })
  })
}
