import { orderedBySid, runBatch } from './batch.js'
import type { BatchEnd } from '../coalescer/spec.js'
import type { EpochMs, LockPurpose, SessionExpiry, SessionRow } from '../dialect/adapter.js'
import { passLocks } from './pass-locks.js'
import { realTime } from '../real-time.js'
import type { SessionTableGateway } from '../table/gateway.js'
import { sidOf, type SessionWrite } from '../session/writes.js'

/** The longest that a write waits for a lock before the locked rows are looked for, in ms. */
const longestPatience = 2_500

/** What batches of writes need of the store. */
export interface WriteMeans {
  now(): EpochMs
  /** The time of one call, in ms; 0: no limit. */
  readonly timeout: number
  /** Makes attempts until one succeeds, or fails for good. */
  attempt<Result>(attempt: () => Promise<Result>, limits: WriteLimits): Promise<Result>
}

interface WriteLimits {
  readonly deadline: number
  /** Whether a lock that another client holds ends the attempts. */
  readonly tellsLocks: boolean
  /** Whether connections that are lost again and again end them. */
  readonly tellsLosses?: boolean
}

/** Carries batches of writes to the table, each as one statement, past rows that another client has locked. */
export class WriteBatches {
  readonly #gateway: SessionTableGateway
  readonly #means: WriteMeans
  readonly #patience: number

  constructor(gateway: SessionTableGateway, means: WriteMeans) {
    this.#gateway = gateway
    this.#means = means
    this.#patience = means.timeout > 0 ? Math.min(means.timeout / 4, longestPatience) : longestPatience
  }

  /** Runs writes of one kind; those whose rows are locked fail with kind `locked`, well before the deadline. */
  run(kind: string, writes: readonly SessionWrite[], deadline: number): Promise<BatchEnd<number>> {
    if (!this.#gateway.tellsLocks) return this.#run(kind, writes, { deadline, tellsLocks: false })
    return passLocks(writes, {
      run: (some, mayWait) => this.#run(kind, some, { deadline, tellsLocks: !mayWait }),
      locked: (some) => this.locked(some),
    })
  }

  /** The places of writes whose rows another client has locked; none where that cannot be told. */
  async locked(writes: readonly SessionWrite[]): Promise<ReadonlySet<number>> {
    const deadline = realTime.now() + this.#patience
    try {
      const sids = [...(await this.#locked(writes, 'update', deadline)), ...(await this.#locked(writes, 'delete', deadline))]
      const locked = new Set(sids)
      return new Set([...writes.keys()].filter((place) => locked.has(sidOf(writes[place] as SessionWrite))))
    } catch {
      return new Set()
    }
  }

  async #locked(writes: readonly SessionWrite[], purpose: LockPurpose, deadline: number): Promise<readonly string[]> {
    const sids = writes.filter(({ kind }) => (kind === 'destroy') === (purpose === 'delete')).map(sidOf)
    const most = this.#gateway.adapter.limits.sids
    const locked: string[] = []
    for (let start = 0; start < sids.length; start += most) {
      locked.push(...(await this.#gateway.locked(sids.slice(start, start + most), purpose, deadline)))
    }
    return locked
  }

  #run(kind: string, writes: readonly SessionWrite[], limits: WriteLimits): Promise<BatchEnd<number>> {
    const { deadline, tellsLocks } = limits
    const send = (some: readonly SessionWrite[], tellsLosses: boolean) =>
      this.#means.attempt(() => this.#write(kind, some, limits), { deadline, tellsLocks, tellsLosses })
    return runBatch(writes, orderedBySid(sidOf, send), limits)
  }

  async #write(kind: string, writes: readonly SessionWrite[], { deadline, tellsLocks }: WriteLimits): Promise<readonly number[]> {
    const patience = tellsLocks ? this.#patience : undefined
    if (kind === 'destroy') return this.#destroy(writes.map(sidOf), deadline, patience)
    if (kind === 'set') {
      const rows = writes.map((write) => (write as { row: SessionRow }).row)
      await this.#gateway.upsert(rows, deadline, patience)
    } else {
      const rows = writes.map((write) => (write as { row: SessionExpiry }).row)
      await this.#gateway.touch(rows, this.#means.now(), deadline, patience)
    }
    return writes.map(() => 0)
  }

  /**
   * A count of deleted rows does not tell which, so where the database tells no more, of several those that exist are looked up first. Where
   * another process deletes some of them in between, the sum over all processes is still the number of rows.
   */
  async #destroy(sids: readonly string[], deadline: number, patience: number | undefined): Promise<readonly number[]> {
    const looks = sids.length > 1 && !this.#gateway.tellsRemoved
    const existing = new Set(looks ? await this.#gateway.existing(sids, deadline) : sids)
    const removed = existing.size > 0 ? await this.#gateway.destroy(sids, deadline, patience) : 0
    const gone = typeof removed === 'number' ? existing : new Set(removed)
    let left = typeof removed === 'number' ? removed : gone.size
    return sids.map((sid) => (gone.has(sid) && left-- > 0 ? 1 : 0))
  }
}
