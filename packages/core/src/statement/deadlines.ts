import type { Knex } from 'knex'
import { cancelBlocked, cancelOrDestroy, type LateStatement } from './cancel.js'
import type { DialectAdapter, SessionTable } from '../dialect/index.js'
import { SessionStoreError, storeClosed } from '../errors.js'
import { realTime, TimeLimit, type Ticker } from '../time.js'

/** Has statements end on the server when their time is up. */
export class Deadlines {
  readonly #knex: Knex
  readonly #adapter: DialectAdapter
  readonly #table: SessionTable
  readonly #timeout: number
  readonly #areGone: () => boolean
  readonly #ticker: Ticker
  readonly #limit: TimeLimit
  /** What waits for a connection. */
  readonly #waiting: TimeLimit
  #ended = false

  /**
   * `timeout`: the most a call may take, in ms, for messages; `areGone`: whether no connection will
   * come any more.
   */
  constructor(
    knex: Knex,
    adapter: DialectAdapter,
    table: SessionTable,
    timeout: number,
    ticker: Ticker,
    areGone: () => boolean,
  ) {
    this.#knex = knex
    this.#adapter = adapter
    this.#table = table
    this.#timeout = timeout
    this.#areGone = areGone
    this.#ticker = ticker
    this.#limit = new TimeLimit(ticker)
    this.#waiting = new TimeLimit(ticker)
  }

  /** Throws when nothing may be sent any more: the deadline is over, or {@link endAll} was called. */
  check(deadline: number = Infinity): void {
    if (this.#ended || realTime.now() >= deadline) throw this.#late()
  }

  /** Ends every statement that is under way, and lets no other begin. */
  endAll(): void {
    this.#ended = true
    this.#limit.endAll()
    this.#waiting.endAll()
  }

  /**
   * A connection, in time; `giveBack` gets one that comes late. A pool that is destroyed while
   * somebody else has its connections answers nobody (`tarn`, `Pool.destroy`): nothing is waited
   * for then.
   */
  connection(
    taking: Promise<unknown>,
    deadline: number,
    giveBack: (connection: unknown) => void,
  ): Promise<unknown> {
    this.#ticker.watch(this.#whileThere)
    return this.#waiting.apply<unknown>(taking, deadline, () => {
      void taking.then(giveBack).catch(() => undefined)
      return Promise.reject(this.#late())
    })
  }

  /**
   * What a statement resolves to, in time; one that is late is ended. After `stopAfter` ms it is
   * stopped, since it may wait for a lock.
   */
  result(
    running: Promise<unknown>,
    connection: unknown,
    deadline: number,
    stopAfter: number = Infinity,
  ): Promise<unknown> {
    const end = async () => {
      const late = this.#late()
      await cancelOrDestroy(this.#lateStatement(running, connection, late))
      throw late
    }
    const stopAt = realTime.now() + stopAfter
    if (stopAt >= deadline) return this.#limit.apply(running, deadline, end)
    const stop = () => {
      if (this.#ended) return end()
      const byCancel = (error: unknown) => this.#adapter.classify(error, this.#table) === 'other'
      const stopped = cancelBlocked(
        this.#lateStatement(running, connection, this.#blocked()),
        byCancel,
      )
      return this.result(stopped, connection, deadline)
    }
    return this.#limit.apply(running, stopAt, stop)
  }

  readonly #whileThere = (): boolean => {
    if (this.#areGone()) this.#waiting.endAll()
    return !this.#waiting.isIdle
  }

  #lateStatement(running: Promise<unknown>, connection: unknown, reason: Error): LateStatement {
    return { running, connection, knex: this.#knex, driver: this.#adapter.driver, reason }
  }

  #blocked(): SessionStoreError {
    return new SessionStoreError({
      code: 'ERR_TIMEOUT',
      kind: 'locked',
      dialect: this.#adapter.name,
      message: 'a statement was stopped after a long wait, maybe for a lock of another client',
    })
  }

  #late(): SessionStoreError {
    if (this.#ended) return storeClosed()
    return new SessionStoreError({
      code: 'ERR_TIMEOUT',
      kind: 'connection',
      dialect: this.#adapter.name,
      message: `the database did not answer a statement within ${String(this.#timeout)} ms (option \`timeout\`)`,
    })
  }
}
