import { Coalescer } from '../coalescer/coalescer.js'
import { Delivery, type DeliveryOptions, type Work } from '../delivery/delivery.js'
import { SessionStoreError, storeClosed } from '../errors.js'
import type { StoredSession } from '../session/payload.js'
import { sidOf, type SessionWrite } from '../session/writes.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { realTime, TimeLimit, withTimeout, type Ticker } from '../time.js'
import { inContext, type Callback } from './callback.js'
import type { Lanes } from './options/lanes.js'
import { readRules, writeRules } from './queue-rules.js'

/** How long {@link Dispatcher.close} waits for calls that have no time limit, in ms. */
const longestClose = 10_000

/** What the calls of a store have in common. */
export interface DispatcherOptions extends DeliveryOptions {
  readonly maxQueue: number
}

/**
 * Takes a store's calls and sees each to its end, in its time. Reads have one queue; set, touch and
 * destroy share another, so that those of one session keep their order.
 */
export class Dispatcher {
  readonly #gateway: SessionTableGateway
  readonly #lanes: Lanes
  readonly #options: DispatcherOptions
  readonly #ticker: Ticker
  readonly #limit: TimeLimit
  readonly #delivery: Delivery
  readonly #reads: Coalescer<string, StoredSession | undefined>
  #writes: Coalescer<SessionWrite, number>
  readonly #others = new Set<Promise<unknown>>()
  #clearing: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(
    gateway: SessionTableGateway,
    lanes: Lanes,
    options: DispatcherOptions,
    ticker: Ticker,
  ) {
    this.#gateway = gateway
    this.#lanes = lanes
    this.#options = options
    this.#ticker = ticker
    this.#limit = new TimeLimit(ticker)
    this.#delivery = new Delivery(gateway, options)
    const { limits } = gateway.adapter
    const rules = readRules(lanes, limits, this.#common('reads'))
    this.#reads = new Coalescer(this.#delivery.reads, rules, ticker)
    this.#writes = this.#newWrites(true)
  }

  /** Whether calls are taken no longer. */
  get isClosed(): boolean {
    return this.#closed
  }

  /**
   * `done` hears of the stored session, `undefined` when there is none or it has expired, in the
   * async context of this call; it must not throw.
   */
  read(sid: string, done: Callback<StoredSession | undefined>): void {
    if (this.#closed) done(storeClosed())
    else this.#reads.add(sid, sid, inContext(done))
  }

  /**
   * `done` hears when the write is committed, for a destroy with the number of rows removed, in the
   * async context of this call; it must not throw.
   */
  write(write: SessionWrite, done: Callback<number>): void {
    if (this.#closed) done(storeClosed())
    else this.#writes.add(sidOf(write), write, inContext(done))
  }

  /**
   * Removes sessions; `done` hears how many when all calls have ended, or what failed first, and
   * `onRemoved` of each that was there.
   */
  destroy(
    sids: readonly string[],
    done: Callback<number>,
    onRemoved?: (sid: string) => void,
  ): void {
    let left = sids.length
    let removed = 0
    let failure: unknown = null
    if (left === 0) done(null, 0)
    for (const sid of sids)
      this.write({ kind: 'destroy', sid }, (error, count = 0) => {
        removed += count
        failure ??= error
        if (count > 0) onRemoved?.(sid)
        if (--left > 0) return
        if (failure === null) done(null, removed)
        else done(failure)
      })
  }

  /**
   * Deletes every row between the writes called before and those called after. The latter wait in a
   * new queue until it has ended, also when its caller is told before that its time is up: a
   * deletion that comes late must not meet them.
   */
  clear(): Promise<number> {
    if (this.#closed) return Promise.reject(storeClosed())
    const deadline = this.#ticker.deadline()
    const workUntil = this.#ticker.workUntil(deadline)
    const before = this.#writes
    const after = this.#newWrites(false)
    this.#writes = after
    const cleared = this.#clearing
    const work = (async () => {
      await cleared
      await before.drain()
      if (realTime.now() >= workUntil) throw this.#timedOut('writes')
      return this.#delivery.once('writes', () => this.#gateway.clear(workUntil), workUntil)
    })()
    const open = () => after.open()
    this.#clearing = work.then(open, open)
    return this.#inTime(work, deadline, 'writes')
  }

  /**
   * Runs work that is not batched: the table first, retries, the time limit. `run` gets the time by
   * which its statements have to end.
   */
  run<Result>(work: Work, run: (deadline: number) => Promise<Result>): Promise<Result> {
    return this.#closed ? Promise.reject(storeClosed()) : this.runStep(work, run)
  }

  /**
   * Likewise, for a step of what was begun before the store was closed. `background`: whether the
   * process may end meanwhile. Default: no.
   */
  runStep<Result>(
    work: Work,
    run: (deadline: number) => Promise<Result>,
    background = false,
  ): Promise<Result> {
    const deadline = this.#ticker.deadline()
    const workUntil = this.#ticker.workUntil(deadline)
    const attempts = this.#delivery.once(work, () => run(workUntil), workUntil, background)
    return this.#inTime(this.#known(attempts), deadline, work)
  }

  /**
   * Resolves when the table is there, and can be written. What sends nothing must not go through {@link run}: its
   * success ends an outage. `background`: whether the process may end meanwhile. Default: no.
   */
  ready(background = false): Promise<void> {
    if (this.#closed) return Promise.reject(storeClosed())
    if (this.#delivery.isReady) return Promise.resolve()
    const deadline = this.#ticker.deadline()
    const attempts = this.#delivery.ready(this.#ticker.workUntil(deadline), background)
    return this.#inTime(this.#known(attempts), deadline, 'reads')
  }

  /**
   * Takes no further calls; resolves when those under way have ended, and `others`. What has no end
   * by itself is ended after a while.
   */
  async close(others: Promise<unknown>): Promise<void> {
    this.#closed = true
    const { timeout } = this.#options
    const ended = Promise.all([this.#ended(), others])
    try {
      await withTimeout(timeout === 0 ? longestClose : timeout, ended, storeClosed)
    } catch {
      this.#delivery.end()
      await ended
    }
  }

  async #ended(): Promise<void> {
    await this.#clearing
    await Promise.all([this.#reads.drain(), this.#writes.drain(), Promise.allSettled(this.#others)])
  }

  #newWrites(isOpen: boolean): Coalescer<SessionWrite, number> {
    const { limits } = this.#gateway.adapter
    const rules = writeRules(this.#lanes, limits, this.#common('writes'))
    return new Coalescer(this.#delivery.writes, rules, this.#ticker, isOpen)
  }

  #common(work: Work) {
    const { maxQueue } = this.#options
    return {
      maxQueue,
      queueFull: () => queueFull(maxQueue),
      timedOut: () => this.#timedOut(work),
    }
  }

  /** Attempts that a close waits for. */
  #known<Result>(attempts: Promise<Result>): Promise<Result> {
    this.#others.add(attempts)
    const forget = () => this.#others.delete(attempts)
    attempts.then(forget, forget)
    return attempts
  }

  #inTime<Result>(work: Promise<Result>, end: number, kind: Work): Promise<Result> {
    return this.#limit.apply(work, end, () => Promise.reject(this.#timedOut(kind)))
  }

  /**
   * What a caller hears whose time is up: why the database is out of reach, where that is known.
   */
  #timedOut(work: Work): SessionStoreError {
    return this.#delivery.outageOf(work) ?? timedOut(this.#options.timeout)
  }
}

function queueFull(maxQueue: number): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_QUEUE_FULL',
    message: `${String(maxQueue)} calls are waiting for the database already (option \`maxQueue\`); it is slower than the load, or away`,
  })
}

function timedOut(timeout: number): SessionStoreError {
  return new SessionStoreError({
    code: 'ERR_TIMEOUT',
    message:
      `no answer from the database within ${String(timeout)} ms (option \`timeout\`): it is away or overloaded, another client holds a lock on ` +
      'the session, or every connection of the pool is in use; a write may or may not have happened',
  })
}
