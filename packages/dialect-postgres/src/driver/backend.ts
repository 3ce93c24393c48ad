import type { Backend } from '@knex-session/core/dialect'
import { setTimeout as delay } from 'node:timers/promises'
import { requestCancel, type CancellableClient } from './cancel.js'

/**
 * The part of a client of node-postgres that is used to end what the server does for another one.
 */
export interface BackendClient extends CancellableClient {
  query(
    config: { text: string; values: readonly unknown[] },
    done: (error: Error | null, result: Result) => void,
  ): void
}

interface Result {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** To the microsecond, whatever the time zone and the style of dates of the connection are. */
const started = `to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`

/** A pooler gives numbers of its own, so that there is no row. */
const own = `select ${started} as started from pg_stat_activity where pid = pg_backend_pid() and pid = $1`

/**
 * Numbers come again, after a restart in a container even at once, and mean other processes on
 * other servers: the start distinguishes them.
 */
const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and ${started} = $2`

/** How often the process is asked to end, in ms. */
const pause = 10

/**
 * How to end the server's process for a client. One whose number and start are known is terminated,
 * with what is still on the way to it. Of any other the protocol's CancelRequest stops the
 * statement that runs, if one does.
 */
export async function backendOf(client: BackendClient): Promise<Backend> {
  const { processID } = client
  const [row] = await rowsOf(client, own, [processID]).catch(() => [])
  const start = row?.['started']
  return {
    isLost: () => client.connection.stream.destroyed,
    kill: (by, signal) =>
      typeof start === 'string'
        ? kill(by as BackendClient, [processID, start], signal)
        : requestCancel(client, signal),
  }
}

/**
 * Resolves when there is no such process, so that its transaction has been rolled back, or had been
 * committed.
 */
async function kill(
  by: BackendClient,
  process: readonly unknown[],
  signal: AbortSignal,
): Promise<void> {
  while ((await rowsOf(by, terminate, process)).length > 0)
    await delay(pause, undefined, { signal })
}

function rowsOf(
  client: BackendClient,
  text: string,
  values: readonly unknown[],
): Promise<Result['rows']> {
  return new Promise((resolve, reject) => {
    client.query({ text, values }, (error, result) => {
      if (error) reject(error)
      else resolve(result.rows)
    })
  })
}
