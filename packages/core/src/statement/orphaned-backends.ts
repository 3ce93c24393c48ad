import type { Backend, DriverAccess } from '../dialect/index.js'
import { withTimeout } from '../time.js'

/** The longest that a write waits for lost backends, in ms. */
const longestEnd = 1_000

/**
 * How many connections may break while they end a backend. Then it is left as it is, so that the
 * write can go on.
 */
const mostTries = 3

interface Lost {
  readonly backend: Backend
  tries: number
  ending: Promise<void> | undefined
}

/**
 * What the server may still do for connections that were lost with a write under way: the statement
 * may get its lock, or even arrive, later, and would undo what is written meanwhile. Before another
 * write is sent, its connection is used to end these backends.
 */
export class OrphanedBackends {
  readonly #driver: DriverAccess | undefined
  readonly #isBroken: (error: unknown) => boolean
  readonly #known = new WeakMap<object, Backend | undefined>()
  readonly #lost = new Set<Lost>()

  /**
   * `isBroken`: whether an error means that the connection is gone. Without a driver nothing is
   * done.
   */
  constructor(driver: DriverAccess | undefined, isBroken: (error: unknown) => boolean) {
    this.#driver = driver
    this.#isBroken = isBroken
  }

  /**
   * To be awaited before a write is sent on a connection; `undefined` when there is nothing to do.
   * Rejects, as a statement would, when this connection breaks; other failures are ignored.
   */
  before(connection: unknown): Promise<void> | undefined {
    if (!this.#driver?.identifyBackend || !this.#driver.accepts(connection)) return undefined
    if (this.#lost.size === 0 && this.#known.has(connection as object)) return undefined
    return this.#prepare(connection as object)
  }

  /** A write failed on a connection, which may have been lost. */
  failed(connection: unknown): void {
    const backend = this.#known.get(connection as object)
    if (!backend?.isLost()) return
    this.#known.set(connection as object, undefined)
    this.#lost.add({ backend, tries: 0, ending: undefined })
  }

  async #prepare(connection: object): Promise<void> {
    if (!this.#known.has(connection))
      // Where that fails, the next write on the connection asks again.
      await this.#driver?.identifyBackend?.(connection).then(
        (backend) => this.#known.set(connection, backend),
        () => undefined,
      )
    if (this.#lost.size === 0) return
    const signal = AbortSignal.timeout(longestEnd)
    try {
      // One after the other: drivers take one statement at a time.
      for (const lost of [...this.#lost])
        if (!signal.aborted) await this.#ended(lost, connection, signal)
    } catch (error) {
      // No write was sent on this connection, so nothing of it has to be ended.
      this.#known.set(connection, undefined)
      throw error
    }
  }

  async #ended(lost: Lost, by: object, signal: AbortSignal): Promise<void> {
    // Another write is ending it. Should its connection break, this one tries.
    while (lost.ending) await lost.ending.catch(ignore)
    if (!this.#lost.has(lost)) return
    lost.ending = this.#end(lost, by, signal).finally(() => (lost.ending = undefined))
    await lost.ending
  }

  async #end(lost: Lost, by: object, signal: AbortSignal): Promise<void> {
    try {
      await withTimeout(
        longestEnd,
        lost.backend.kill(by, signal),
        () => new Error('the server did not end a lost connection in time'),
      )
    } catch (error) {
      if (this.#isBroken(error) && ++lost.tries < mostTries) throw error
    }
    this.#lost.delete(lost)
  }
}

function ignore(): void {
  // The write whose connection broke gets the error itself.
}
