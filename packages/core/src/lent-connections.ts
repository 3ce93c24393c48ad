import type { Knex } from 'knex'
import { realTime } from './real-time.js'

/** The part of knex's pool that tells whether somebody waits for a connection. */
interface Pool {
  numPendingAcquires(): number
}

/**
 * Connections that knex lends. One that was used is kept until the turn of the event loop ends, so that a statement that follows at once
 * need not go through knex's pool again, which takes a third as long as a short statement; unless somebody else waits for one.
 */
export class LentConnections {
  readonly #client: Knex.Client
  readonly #kept: unknown[] = []
  #returning = false

  constructor(knex: Knex) {
    this.#client = knex.client as Knex.Client
  }

  /** A connection, to be handed back by {@link giveBack}. Rejects as knex's pool does. */
  take(): unknown {
    return this.#kept.pop() ?? this.#client.acquireConnection()
  }

  /** `usable`: whether another statement may use it before knex has looked at it. */
  giveBack(connection: unknown, usable: boolean): void {
    if (!usable || this.#somebodyWaits()) {
      void this.#client.releaseConnection(connection)
      return
    }
    this.#kept.push(connection)
    if (this.#returning) return
    this.#returning = true
    realTime.setImmediate(() => {
      this.#returning = false
      for (const each of this.#kept.splice(0)) void this.#client.releaseConnection(each)
    })
  }

  #somebodyWaits(): boolean {
    const { pool } = this.#client as { pool?: Partial<Pool> }
    return (pool?.numPendingAcquires?.() ?? 0) > 0
  }
}
