import type { Backend, DriverAccess } from '../dialect/index.js'
import { withTimeout } from '../time.js'

/** The longest that a write waits for lost backends, in ms. */
const longestEnd = 1_000

/**
 * A backend is given up when this many connections broke by which it was to be ended: the write has
 * to go on.
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
 * write goes out, these backends are ended by its connection.
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
   * To be waited for before a write goes out by a connection; `undefined` when there is nothing to
   * do. Rejects as a statement would when the connection breaks; other failures are nobody's
   * concern.
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
      this.#known.set(
        connection,
        await this.#driver?.identifyBackend?.(connection).catch(() => undefined),
      )
    if (this.#lost.size === 0) return
    const signal = AbortSignal.timeout(longestEnd)
    try {
      // One after the other: drivers take one statement at a time.
      for (const lost of [...this.#lost])
        if (!signal.aborted) await this.#ended(lost, connection, signal)
    } catch (error) {
      // No write is on its way there.
      this.#known.set(connection, undefined)
      throw error
    }
  }

  async #ended(lost: Lost, by: object, signal: AbortSignal): Promise<void> {
    // Another write is at it; should its connection break, this one goes on.
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
  // Whose connection breaks hears of it by its next statement.
}
