import { isLocked, mayBeOfOneCall, runBatch } from '../delivery/batch.js'
import { inContext, type Callback } from './callback.js'
import { Coalescer } from '../coalescer/coalescer.js'
import type { EpochMs } from '../dialect/adapter.js'
import { SessionStoreError, storeClosed } from '../errors.js'
import { giveUpAfter } from '../time.js'
import type { Lanes } from './lanes.js'
import { OutageWatch, type Outage, type Work } from '../delivery/outage.js'
import { realTime } from '../real-time.js'
import { longestPause, retry, type RetryPolicy } from '../delivery/retry.js'
import type { SessionTableGateway, StoredSession } from '../table/gateway.js'
import { lengthOf, mergeWrites, shareRemoved, sidOf, type SessionWrite } from '../session/writes.js'
import { TableSetup } from '../table/setup.js'
import { precisionOf } from '../statement/time-limit.js'
import { WriteBatches } from '../delivery/write-batches.js'

/** How long {@link SessionCalls.close} waits for calls that have no time limit, in ms. */
const closePatience = 10_000

/** What the calls of a store have in common. */
export interface CallOptions {
  now(): EpochMs
  readonly createTable: boolean
  readonly timeout: number
  readonly maxQueue: number
  readonly onOutage: (outage: Outage) => void
}

/**
 * Carries a store's calls to its table: joined into batches, the table made first where it is missing, retried where that helps, each
 * call within its time. Reads have one queue; set, touch and destroy share another, so that those of one session keep their order.
 */
export class SessionCalls {
  readonly #gateway: SessionTableGateway
  readonly #options: CallOptions
  readonly #setup: TableSetup
  readonly #outage: OutageWatch
  readonly #reads: Coalescer<string, StoredSession | undefined>
  readonly #writes: Coalescer<SessionWrite, number>
  readonly #others = new Set<Promise<unknown>>()
  #clearing: Promise<void> = Promise.resolve()
  #closed = false
  readonly #onRetry = (error: SessionStoreError): void => {
    if (error.kind === 'missing-table') this.#setup.reset()
  }

  constructor(gateway: SessionTableGateway, lanes: Lanes, options: CallOptions) {
    this.#gateway = gateway
    this.#options = options
    this.#setup = new TableSetup(gateway, options.createTable)
    this.#outage = new OutageWatch(options.onOutage)
    const { limits } = gateway.adapter
    const common = {
      lanes: lanes.lanes,
      maxQueue: options.maxQueue,
      timeout: options.timeout,
      queueFull: () => queueFull(options.maxQueue),
      outOfTime,
    }
    this.#reads = new Coalescer({
      ...common,
      timedOut: () => this.#timedOut('reads'),
      exclusive: false,
      size: () => Math.min(lanes.size, limits.sids),
      kindOf: () => 'read',
      merge: (earlier) => (lanes.joined ? earlier : undefined),
      run: (_, sids, deadline) =>
        runBatch(
          sids,
          (some, tellsLosses) => this.#attempt(() => gateway.read(some, options.now(), deadline), { work: 'reads', deadline, tellsLosses }),
          { deadline },
        ),
    })
    const batches = new WriteBatches(gateway, {
      now: () => options.now(),
      timeout: options.timeout,
      attempt: (attempt, limits) => this.#attempt(attempt, { work: 'writes', ...limits }),
    })
    this.#writes = new Coalescer({
      ...common,
      timedOut: () => this.#timedOut('writes'),
      exclusive: true,
      size: (kind) => Math.min(lanes.size, kind === 'destroy' ? limits.sids : limits.rows),
      weightOf: lengthOf,
      heaviest: limits.bytes,
      kindOf: (write) => write.kind,
      merge: (earlier, later) => (lanes.joined ? mergeWrites(earlier, later) : undefined),
      share: shareRemoved,
      separable: mayBeOfOneCall,
      run: (kind, writes, deadline) => batches.run(kind, writes, deadline),
      ...(gateway.tellsLocks ? { heldUp: isLocked, stillHeldUp: (writes) => batches.locked(writes) } : {}),
    })
  }

  /**
   * `done` hears of the stored session, `undefined` when there is none or it has expired, in the async context of this call; it must not
   * throw.
   */
  read(sid: string, done: Callback<StoredSession | undefined>): void {
    if (this.#closed) done(storeClosed())
    else this.#reads.add(sid, sid, inContext(done))
  }

  /**
   * `done` hears when the write is committed, for a destroy with the number of rows removed, in the async context of this call; it must not
   * throw.
   */
  write(write: SessionWrite, done: Callback<number>): void {
    if (this.#closed) done(storeClosed())
    else this.#writes.add(sidOf(write), write, inContext(done))
  }

  /**
   * Deletes every row between the writes called before and those called after. The latter wait until it has ended, also when its caller is
   * told before that its time is up: a deletion that comes late must not meet them.
   */
  clear(): Promise<number> {
    if (this.#closed) return Promise.reject(storeClosed())
    const { timeout } = this.#options
    const deadline = this.#deadline()
    const before = this.#clearing
    this.#writes.hold()
    const work = (async () => {
      await before
      await this.#writes.drain()
      if (realTime.now() >= deadline) throw this.#timedOut('writes')
      return this.#attempt(() => this.#gateway.clear(deadline), { work: 'writes', deadline })
    })()
    const release = () => this.#writes.release()
    this.#clearing = work.then(release, release)
    return giveUpAfter(timeout, work, () => this.#timedOut('writes'))
  }

  /** Runs work that is not batched: the table first, retries, the time limit. */
  run<Result>(kind: Work, work: (deadline: number) => Promise<Result>): Promise<Result> {
    return this.#closed ? Promise.reject(storeClosed()) : this.runStep(kind, work)
  }

  /** Likewise, for a step of what was begun before the store was closed. `background`: whether the process may end meanwhile. Default: no. */
  runStep<Result>(kind: Work, work: (deadline: number) => Promise<Result>, background = false): Promise<Result> {
    const { timeout } = this.#options
    const deadline = this.#deadline()
    const attempts = this.#attempt(() => work(deadline), { work: kind, deadline, background })
    const running = giveUpAfter(timeout, attempts, () => this.#timedOut(kind), background)
    this.#others.add(attempts)
    const forget = () => this.#others.delete(attempts)
    attempts.then(forget, forget)
    return running
  }

  /**
   * Resolves when the table is there. What sends nothing must not go through {@link run}: its success ends an outage. `background`: whether
   * the process may end meanwhile. Default: no.
   */
  ready(background = false): Promise<void> {
    if (this.#closed) return Promise.reject(storeClosed())
    return this.#setup.done ? Promise.resolve() : this.runStep('reads', () => Promise.resolve(), background)
  }

  /** Takes no further calls; resolves when those under way have ended, and `others`. What has no end by itself is ended after a while. */
  async close(others: Promise<unknown>): Promise<void> {
    this.#closed = true
    const { timeout } = this.#options
    const ended = Promise.all([others, this.#ended()])
    try {
      await giveUpAfter(timeout === 0 ? closePatience : timeout, ended, storeClosed)
    } catch {
      this.#gateway.end()
      this.#outage.end()
      await ended
    }
  }

  async #ended(): Promise<void> {
    await this.#clearing
    await Promise.all([this.#reads.drain(), this.#writes.drain(), Promise.allSettled(this.#others)])
  }

  /** When the last statement of a call that is made now has to be ended (`performance.now()`): just before its caller is told. */
  #deadline(): number {
    const { timeout } = this.#options
    return timeout > 0 ? realTime.now() + timeout - precisionOf(timeout) : Infinity
  }

  /** What a caller hears whose time is up: why the database is out of reach, where that is known. */
  #timedOut(work: Work): SessionStoreError {
    const { timeout } = this.#options
    return this.#outage.errorOf(work, realTime.now() - timeout) ?? timedOut(timeout)
  }

  #attempt<Result>(
    attempt: () => Promise<Result>,
    limits: Pick<RetryPolicy, 'work' | 'deadline' | 'tellsLocks' | 'tellsLosses' | 'background'>,
  ): Promise<Result> {
    const { work, deadline, tellsLocks = false, tellsLosses = false, background = false } = limits
    const once = () => (this.#setup.done ? attempt() : this.#setup.ready(deadline).then(attempt))
    // What failed in a transaction of the application's may have ended it: sent again, a statement would take effect by itself.
    if (this.#gateway.inTransaction) return once()
    // Not spread: this runs for every statement.
    return retry(once, {
      work,
      deadline,
      tellsLocks,
      tellsLosses,
      background,
      outage: this.#outage,
      onRetry: this.#onRetry,
    })
  }
}

/** Whether a batch failed because the time of one of its calls was up, which says nothing of the others. */
function outOfTime(error: unknown, deadline: number): boolean {
  if (!(error instanceof SessionStoreError) || realTime.now() < deadline - longestPause) return false
  return error.code === 'ERR_CONNECTION' || error.kind === 'connection' || error.kind === 'retryable' || error.kind === 'locked'
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
