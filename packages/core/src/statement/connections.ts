import type { Knex } from 'knex'
import { realTime } from '../time.js'
import { giveBack, somebodyMayWait } from './pool.js'

/**
 * Connections that knex lends. One that was used is kept until the turn of the event loop ends, so
 * that a statement that follows at once need not go through knex's pool again, which takes a third
 * as long as a short statement; unless somebody else waits for one.
 */
export class Connections {
  readonly #client: Knex.Client
  /** The pool that connections come from; knex lets go of it when it is destroyed. */
  readonly #pool: unknown
  readonly #kept: unknown[] = []
  #returning = false

  constructor(knex: Knex) {
    this.#client = knex.client as Knex.Client
    this.#pool = this.#client.pool
  }

  /**
   * Whether knex was destroyed. A pool that is being destroyed neither lends a connection nor says
   * so.
   */
  get areGone(): boolean {
    const { pool } = this.#client as { pool?: { readonly destroyed?: unknown } | undefined }
    return this.#pool !== undefined && (pool === undefined || pool.destroyed === true)
  }

  /** A connection, to be handed back by {@link giveBack}. Rejects as knex's pool does. */
  take(): unknown {
    return this.#kept.pop() ?? this.#client.acquireConnection()
  }

  /** `usable`: whether another statement may use it before knex has looked at it. */
  giveBack(connection: unknown, usable: boolean): void {
    if (!usable || somebodyMayWait(this.#client)) {
      giveBack(this.#client, connection, this.#pool)
      return
    }
    this.#kept.push(connection)
    if (this.#returning) return
    this.#returning = true
    realTime.setImmediate(() => {
      this.#returning = false
      this.giveBackAll()
    })
  }

  /** Gives back what is kept. */
  giveBackAll(): void {
    for (const each of this.#kept.splice(0)) giveBack(this.#client, each, this.#pool)
  }
}
