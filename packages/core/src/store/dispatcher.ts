import { Coalescer, type CoalescerRules, type QueueStats } from '../coalescer/coalescer.js'
import { Entrance } from '../coalescer/entrance.js'
import { Delivery, type DeliveryOptions, type Work } from '../delivery/delivery.js'
import type { EpochMs } from '../dialect/index.js'
import { storeClosed, type SessionStoreError } from '../errors.js'
import type { StoredSession } from '../session/payload.js'
import { sidOf, type SessionWrite } from '../session/writes.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { realTime, TimeLimit, withTimeout, type Ticker } from '../time.js'
import { CallerInContext, promised, type Callback } from './callback.js'
import type { Lanes } from './options/lanes.js'
import { queueFull, readRules, timedOut, writeRules } from './queue-rules.js'

/** How long {@link Dispatcher.close} waits for calls that have no time limit, in ms. */
const longestClose = 10_000

/** What the calls of a store have in common. */
export interface DispatcherOptions extends Omit<DeliveryOptions, 'lanes'> {
  readonly maxQueue: number
}

/**
 * Takes a store's calls and sees each to its end, in its time: whoever takes a call from the
 * application asks for its {@link Dispatcher.deadline}, and hands it to each of its steps. Reads
 * have one queue; set, touch and destroy share another, so that those of one session keep their
 * order.
 */
export class Dispatcher {
  readonly #gateway: SessionTableGateway
  readonly #options: DispatcherOptions
  readonly #ticker: Ticker
  readonly #limit: TimeLimit
  readonly #delivery: Delivery
  readonly #reads: Coalescer<string, StoredSession | undefined>
  readonly #writeRules: CoalescerRules<SessionWrite, number>
  #writes: Coalescer<SessionWrite, number>
  readonly #entrance = new Entrance<SessionWrite>()
  readonly #others = new Set<Promise<unknown>>()
  #clearing: Promise<unknown> = Promise.resolve()
  #closed = false
  #isOver = false

  constructor(
    gateway: SessionTableGateway,
    lanes: Lanes,
    options: DispatcherOptions,
    ticker: Ticker,
  ) {
    this.#gateway = gateway
    this.#options = options
    this.#ticker = ticker
    this.#limit = new TimeLimit(ticker)
    this.#delivery = new Delivery(gateway, { ...options, lanes: lanes.lanes })
    const rules = readRules(lanes, gateway.adapter.limits, this.#common('reads'))
    this.#reads = new Coalescer(this.#delivery.reads, rules, ticker)
    this.#writeRules = writeRules(lanes, gateway, this.#common('writes'))
    this.#writes = new Coalescer(this.#delivery.writes, this.#writeRules, ticker)
  }

  /** When what is done for a call that is made now has to end (`performance.now()`). */
  get deadline(): number {
    return this.#ticker.deadline()
  }

  /** What both queues do now, and have done. */
  get stats(): { readonly reads: QueueStats; readonly writes: QueueStats } {
    return { reads: this.#reads.stats, writes: this.#writes.stats }
  }

  /** Whether calls are taken no longer. */
  get isClosed(): boolean {
    return this.#closed
  }

  /**
   * `done` hears of the stored session, `undefined` when there is none or it has expired, in the
   * async context of this call; it must not throw.
   */
  read(sid: string, deadline: number, done: Callback<StoredSession | undefined>): void {
    if (this.#closed) done(storeClosed())
    else this.#reads.add(sid, sid, new CallerInContext(deadline, done))
  }

  /**
   * `done` hears when the write is committed, for a destroy with the number of rows removed, in the
   * async context of this call; it must not throw.
   */
  write(write: SessionWrite, deadline: number, done: Callback<number>): void {
    const sid = sidOf(write)
    if (this.#closed) done(storeClosed())
    else if (this.#entrance.holds(sid)) this.writeWhenReady(sid, write, deadline, done)
    else this.#writes.add(sid, write, new CallerInContext(deadline, done))
  }

  /**
   * Likewise for a write that is not ready yet: it keeps its place among the writes of its session.
   */
  writeWhenReady(
    sid: string,
    ready: SessionWrite | Promise<SessionWrite>,
    deadline: number,
    done: Callback<number>,
  ): void {
    const { maxQueue } = this.#options
    if (this.#closed || this.#entrance.waiting >= maxQueue) {
      if (ready instanceof Promise) ready.catch(() => undefined)
      done(this.#closed ? storeClosed() : queueFull(maxQueue))
      return
    }
    const queue = this.#writes
    const caller = new CallerInContext(deadline, done)
    this.#entrance.wait(
      sid,
      ready instanceof Promise ? this.inTime(ready, 'writes', deadline) : ready,
      (error, write) => {
        if (write) queue.add(sid, write, caller)
        else caller.done(error)
      },
    )
  }

  /**
   * Deletes every row between the writes called before and those called after. The latter wait in a
   * new queue until it has ended, also when its caller is told before that its time is up: a
   * deletion that comes late must not meet them.
   */
  clear(): Promise<number> {
    if (this.#closed) return Promise.reject(storeClosed())
    const { deadline } = this
    const before = this.#writes
    const entered = Promise.all([this.#clearing, this.#entrance.emptied()])
    const after = new Coalescer(this.#delivery.writes, this.#writeRules, this.#ticker, false)
    this.#writes = after
    const work = (async () => {
      await entered
      await before.drain()
      if (realTime.now() >= deadline) throw this.#timedOut('writes')
      return this.#delivery.once('writes', () => this.#gateway.clear(deadline), deadline)
    })()
    const open = () => after.open()
    this.#clearing = work.then(open, open)
    return this.inTime(work, 'writes', deadline)
  }

  /**
   * Reads many sessions, for a call of its own. `read` gets the time of the clock, and the one by
   * which its statements have to end.
   */
  readMany<Result>(
    deadline: number,
    read: (now: EpochMs, deadline: number) => Promise<Result>,
  ): Promise<Result> {
    if (this.#closed) return Promise.reject(storeClosed())
    return this.runStep('reads', deadline, () => read(this.#options.now(), deadline))
  }

  /**
   * Runs a step of what was begun before the store was closed, which is not batched: the table
   * first, retries, the time limit. `run` gets the time by which its statements have to end.
   * `background`: whether the process may end meanwhile. Default: no.
   */
  runStep<Result>(
    work: Work,
    deadline: number,
    run: (deadline: number) => Promise<Result>,
    background = false,
  ): Promise<Result> {
    const attempts = this.begun(
      this.#delivery.once(work, () => run(deadline), deadline, background),
    )
    return this.inTime(attempts, work, deadline)
  }

  /** Reads a session, for a step of what was begun before the store was closed. */
  readStep(sid: string, deadline: number): Promise<StoredSession | undefined> {
    return promised((done) => this.#reads.add(sid, sid, { deadline, done }))
  }

  /** Has {@link close} wait for what consists of several steps. */
  begun<Result>(steps: Promise<Result>): Promise<Result> {
    this.#others.add(steps)
    const forget = () => this.#others.delete(steps)
    steps.then(forget, forget)
    return steps
  }

  /** Settles as what a call waits for, or rejects when its time is up. */
  inTime<Result>(waitedFor: Promise<Result>, work: Work, deadline: number): Promise<Result> {
    const end = deadline + this.#ticker.resolution
    return this.#limit.apply(waitedFor, end, () => Promise.reject(this.#timedOut(work)))
  }

  /**
   * Resolves when the table is there, and can be written. What sends nothing must not go through
   * {@link runStep}: its success ends an outage. `background`: as in {@link runStep}.
   */
  ready(background = false): Promise<void> {
    if (this.#closed) return Promise.reject(storeClosed())
    if (this.#delivery.isReady) return Promise.resolve()
    const { deadline } = this
    const attempts = this.#delivery.ready(deadline, background)
    return this.inTime(this.begun(attempts), 'reads', deadline)
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
      this.#isOver = true
      this.#delivery.end()
      this.#limit.endAll()
      await ended
    }
  }

  async #ended(): Promise<void> {
    await this.#entrance.emptied()
    await this.#clearing
    do
      await Promise.all([
        this.#reads.drain(),
        this.#writes.drain(),
        Promise.allSettled(this.#others),
      ])
    while (this.#others.size > 0 || !this.#reads.idle || !this.#writes.idle)
  }

  #common(work: Work) {
    const { maxQueue } = this.#options
    return {
      maxQueue,
      queueFull: () => queueFull(maxQueue),
      timedOut: () => this.#timedOut(work),
    }
  }

  /** What a caller hears whose time is up: why the database is away, where that is known. */
  #timedOut(work: Work): SessionStoreError {
    if (this.#isOver) return storeClosed()
    return this.#delivery.outageOf(work) ?? timedOut(this.#options.timeout)
  }
}
