import type { Carrier, Outcome } from '../coalescer/coalescer.js'
import type { EpochMs, SessionRow } from '../dialect/index.js'
import { diagnostics, type BatchMessage } from '../diagnostics.js'
import type { SessionStoreError } from '../errors.js'
import { changeOf, sidOf, type SessionWrite } from '../session/writes.js'
import type { StoredSession } from '../session/payload.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { TableSetup } from '../table/setup/setup.js'
import { carry, type PartPolicy } from './batch.js'
import { withConflicts } from './conflicts.js'
import { withinLives } from './lives.js'
import { RowLocks } from './locks.js'
import { OutageWatch, type Outage, type Work } from './outage.js'
import { retry, type Attempts, type RetryPolicy } from './retry.js'
import { realTime } from '../time.js'

export type { Outage, Work } from './outage.js'

/** What a {@link Delivery} needs of the store. */
export interface DeliveryOptions {
  now(): EpochMs
  readonly createTable: boolean
  /** The time of one call, in ms; 0: no limit. */
  readonly timeout: number
  /** How many statements that write may be under way at once. */
  readonly lanes: number
  readonly onOutage: (outage: Outage) => void
}

/**
 * Gets work to the session table in spite of races, locks and outages; the table is made first
 * where it is missing. The only place that knows what is done about an error.
 */
export class Delivery {
  readonly reads: Carrier<string, StoredSession | undefined>
  readonly writes: Carrier<SessionWrite, number>
  readonly #gateway: SessionTableGateway
  readonly #options: DeliveryOptions
  readonly #setup: TableSetup
  readonly #outage: OutageWatch
  readonly #locks: RowLocks
  /** Whether the creation of a session bounds its life. */
  readonly #boundsLives: boolean
  readonly #attempts: Attempts

  constructor(gateway: SessionTableGateway, options: DeliveryOptions) {
    this.#gateway = gateway
    this.#options = options
    this.#setup = new TableSetup(gateway, options.createTable)
    this.#outage = new OutageWatch(options.onOutage)
    this.#locks = new RowLocks(gateway, options.lanes, options.timeout)
    this.#boundsLives = gateway.table.column.createdAt?.written === 'onTouch'
    this.#attempts = {
      outage: this.#outage,
      onRetry: (error) => this.#setup.failed(error),
    }
    this.reads = { carry: (_, sids, deadline) => this.#read(sids, deadline) }
    const write: Carrier<SessionWrite, number>['carry'] = (kind, writes, deadline) =>
      this.#write(kind, writes, deadline)
    const readOne = async (sid: string, deadline: number) => {
      const read = async () => (await gateway.read([sid], options.now(), deadline))[0]
      return this.once('reads', read, deadline)
    }
    const carryAll = gateway.table.column.version ? withConflicts(write, readOne) : write
    this.writes = { carry: carryAll, stillBlocked: this.#locks.stillBlocked }
  }

  /** Whether the table has been found or made, and not been missing since. */
  get isReady(): boolean {
    return this.#setup.isReadyFor('writes')
  }

  /** Resolves when the table is there, and can be written. `background`: as in {@link once}. */
  ready(deadline: number, background: boolean): Promise<void> {
    const policy = { work: 'reads', deadline, background } as const
    return this.#retry(() => this.#setup.ready('writes', deadline), policy)
  }

  /**
   * Runs work that shares no statement, again where that helps. `background`: whether the process
   * may end meanwhile. Default: no.
   */
  once<Result>(
    work: Work,
    run: () => Promise<Result>,
    deadline: number,
    background = false,
  ): Promise<Result> {
    return this.#attempt(run, { work, deadline, background })
  }

  /** Why the database is out of reach for this work, where it is. */
  outageOf(work: Work): SessionStoreError | undefined {
    return this.#outage.errorOf(work, realTime.now() - this.#options.timeout)
  }

  /** Ends every statement that is under way, and sends no other. */
  end(): void {
    this.#gateway.end()
    this.#outage.end()
  }

  #read(sids: readonly string[], deadline: number): Promise<Outcome<StoredSession | undefined>> {
    const batch = { operation: 'read', sessions: sids.length, attempts: 0 }
    const run = (some: readonly string[], policy: PartPolicy) =>
      this.#attempt(() => {
        batch.attempts++
        return this.#gateway.read(some, this.#options.now(), deadline)
      }, policy)
    return this.#watch(batch, () => carry(sids, { work: 'reads', deadline, run }))
  }

  async #write(
    kind: string,
    writes: readonly SessionWrite[],
    deadline: number,
  ): Promise<Outcome<number>> {
    const locks = this.#locks
    const postponed = locks.postponed(writes)
    if (postponed) return postponed
    const holds = locks.begin(writes)
    const batch = { operation: kind, sessions: writes.length, attempts: 0 }
    const bounds = this.#boundsLives && (kind === 'set' || kind === 'touch')
    const run = (some: readonly SessionWrite[], policy: PartPolicy) =>
      this.#attempt(async () => {
        batch.attempts++
        const bounded = bounds ? await withinLives(some, this.#gateway, deadline) : some
        const lockTimeout = policy.waitsForLocks ? undefined : locks.limit(deadline, policy.sharers)
        return this.#send(kind, bounded, deadline, lockTimeout)
      }, policy)
    const means = { work: 'writes', deadline, run, locked: locks.lookingBy(holds) } as const
    const outcome = await this.#watch(batch, () => carry(writes, means))
    locks.end(writes, holds, outcome.setbacks)
    return outcome
  }

  #watch<Result>(
    batch: Pick<BatchMessage, 'operation' | 'sessions' | 'attempts'>,
    work: () => Promise<Outcome<Result>>,
  ): Promise<Outcome<Result>> {
    const dialect = this.#gateway.adapter.name
    return diagnostics.batches.watch(
      work,
      (outcome) => ({ ...batch, dialect, failed: outcome?.setbacks?.size ?? 0 }),
      (outcome) => [...(outcome.setbacks?.values() ?? [])][0]?.error,
    )
  }

  /** Sends writes of one kind, ordered by sid. */
  async #send(
    kind: string,
    writes: readonly SessionWrite[],
    deadline: number,
    lockTimeout: number | undefined,
  ): Promise<readonly number[]> {
    const gateway = this.#gateway
    if (kind === 'destroy') return gateway.destroy(writes.map(sidOf), deadline, lockTimeout)
    const rows = writes.map(rowToSend)
    if (kind === 'update') return gateway.update(rows, deadline, lockTimeout)
    if (kind === 'set') await gateway.upsert(rows, deadline, lockTimeout)
    else await gateway[kind as 'insert' | 'touch'](rows, this.#options.now(), deadline, lockTimeout)
    return writes.map(() => 0)
  }

  #attempt<Result>(attempt: () => Promise<Result>, policy: RetryPolicy): Promise<Result> {
    const setup = this.#setup
    const { work, deadline } = policy
    const once = () => {
      if (setup.isReadyFor(work)) return attempt()
      return setup.ready(work, deadline).then(attempt)
    }
    return this.#retry(once, policy)
  }

  #retry<Result>(once: () => Promise<Result>, policy: RetryPolicy): Promise<Result> {
    // What failed in a transaction of the application's may have ended it: sent again, a statement
    // would take effect by itself.
    return this.#gateway.inTransaction ? once() : retry(once, policy, this.#attempts)
  }
}

function rowToSend(write: SessionWrite): SessionRow {
  const { row } = write as { row: SessionRow }
  return changeOf(write)?.rowOf(row) ?? row
}
