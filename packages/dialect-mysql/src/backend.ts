import type { Backend } from '@knex-session/core/dialect'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { withOwnOptions, type ConnectionOptions, type OwnOptions } from './statement-options.js'

/** The part of a connection of mysql2 that is used to end what the server does for another one. */
export interface BackendConnection {
  readonly threadId: number
  readonly stream: Pick<Socket, 'destroyed' | 'writableEnded'>
  readonly config?: ConnectionOptions
  query(sql: string | OwnOptions, values: readonly unknown[], done: (error: Error | null, rows: unknown) => void): void
}

/**
 * The address and port that the server sees. Numbers of threads begin again with the server and mean other threads on other servers; the port
 * tells them apart. Proxies that tell numbers of their own have no row.
 */
const own = 'select host as peer from information_schema.processlist where id = connection_id() and id = ?'

/** What the thread does; no row when it is gone. */
const doing = 'select state as doing from information_schema.processlist where id = ? and host = ?'

/**
 * What a thread says that changes rows, or waits for one: there is no state of its own for that ("General Thread States" of both manuals), and
 * the table of waits needs a privilege. One that commits, or waits for its cluster, says so.
 */
const changing = /^(?:updat(?:e|ing)|executing|deleting from main table)$/i

/** How often the server is asked whether the thread is gone, in ms. */
const pause = 10

/** How to end the server's thread for a connection, with what is still on the way to it; `undefined` where it cannot be told from others. */
export async function backendOf(connection: BackendConnection): Promise<Backend | undefined> {
  const { threadId } = connection
  const [row] = await rowsOf(connection, own, [threadId]).catch(() => [])
  const peer = row?.['peer']
  // By a Unix socket there is no port.
  if (typeof peer !== 'string' || !/:\d+$/.test(peer)) return undefined
  return {
    // `destroy` of mysql2 ends the stream only.
    isLost: () => connection.stream.destroyed || connection.stream.writableEnded,
    end: (by, signal) => end(by as BackendConnection, [threadId, peer], signal),
    async waitsForLock(by) {
      const [row] = await rowsOf(by as BackendConnection, doing, [threadId, peer])
      const state = row?.['doing']
      return typeof state === 'string' && changing.test(state)
    },
  }
}

/** Resolves when there is no such thread, so that its transaction has been rolled back, or had been committed. */
async function end(by: BackendConnection, thread: readonly [number, string], signal: AbortSignal): Promise<void> {
  while ((await rowsOf(by, doing, thread)).length > 0) {
    // It may have ended by itself meanwhile.
    await rowsOf(by, 'kill ?', [thread[0]]).catch(() => undefined)
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
