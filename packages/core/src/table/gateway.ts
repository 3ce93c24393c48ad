import type { Knex } from 'knex'
import type {
  DialectAdapter,
  EpochMs,
  LockPurpose,
  SessionExpiry,
  SessionRow,
  SessionTable,
} from '../dialect/index.js'
import type { SessionStoreError } from '../errors.js'
import type { StoredSession } from '../session/payload.js'
import type { Sending, StatementOptions } from '../statement/runner.js'
import type { Ticker } from '../time.js'
import { holds, nobodyHas, sessionIn, sidTaken, type Cells } from './rows.js'
import { TableStatements } from './statements.js'
import { assignUsers, endsOfUpdates } from './updates.js'

/**
 * How sessions are sent. `durableTouch`: whether a touch waits until the database has it on disk.
 */
export type SessionTableOptions = StatementOptions & { readonly durableTouch: boolean }

/**
 * The session table in the database: arrays of sessions in, one statement on knex, arrays or counts
 * out. Callers keep to the adapter's limits and give no sid twice, and rows to write sorted by sid.
 * No statement is sent after `deadline` (`performance.now()`), and one that is under way then is
 * ended. One that waits for a lock after `lockTimeout`, in ms, where it is given, fails with kind
 * `locked`.
 */
export class SessionTableGateway extends TableStatements {
  readonly #durableTouch: boolean
  /**
   * Whether the last statement of each kind named the rows that it changed; only the answer shows
   * what the server can do.
   */
  readonly #named = { update: false, destroy: false }

  constructor(
    knex: Knex,
    adapter: DialectAdapter,
    table: SessionTable,
    options: SessionTableOptions,
    ticker: Ticker,
  ) {
    super(knex, adapter, table, options, ticker)
    // There a touch must not change how the transaction commits.
    this.#durableTouch = options.durableTouch || this.inTransaction
  }

  /** Whether {@link locked} can find any. */
  get canSkipLocked(): boolean {
    // A statement that is stopped would end a transaction, on PostgreSQL.
    return !this.inTransaction && this.has('skipLocked')
  }

  /** Whether updates go one by one: a number does not tell which ones met another version. */
  get updatesOneByOne(): boolean {
    return this.table.column.version !== undefined && !(this.#named.update && this.has('update'))
  }

  /** For each of `sids` the session, `undefined` where there is none or it has expired. */
  async read(
    sids: readonly string[],
    now: EpochMs,
    deadline: number,
  ): Promise<readonly (StoredSession | undefined)[]> {
    const sending: Sending = { work: 'reading sessions', deadline }
    let cells: readonly Cells[]
    try {
      cells = await this.ask('read', [sids, now], sending, () =>
        this.rows(this.queries.live(now, sids), sending),
      )
    } catch (error) {
      if (!nobodyHas(sids, error)) throw error
      return [undefined]
    }
    const bySid = new Map<unknown, Cells>()
    for (const row of cells) bySid.set(row['sid'], row)
    return sids.map((sid) => {
      const row = bySid.get(sid)
      return row && sessionIn(row, this.adapter, this.table)
    })
  }

  /** Writes the rows, replacing those that exist. */
  async upsert(rows: readonly SessionRow[], deadline: number, lockTimeout?: number): Promise<void> {
    const statement = this.adapter.upsert(this.table, rows, { lockTimeout })
    await this.execute(statement, { work: 'writing sessions', deadline, writes: true })
  }

  /** Writes the rows that are there, expired or not; resolves to how many each was. */
  async update(
    rows: readonly SessionRow[],
    deadline: number,
    lockTimeout?: number,
  ): Promise<readonly number[]> {
    const sending: Sending = { work: 'writing sessions', deadline, writes: true }
    const updated = await this.ask('update', [rows, { lockTimeout }], sending, async () => {
      const there: string[] = []
      for (const row of rows)
        if ((await this.changed(this.queries.update(row), sending)) > 0) there.push(row.sid)
      return there
    })
    this.#named.update = typeof updated === 'object'
    return endsOfUpdates(this, rows, updated, deadline)
  }

  /**
   * Writes the rows of new sessions. Rejects with kind `sid-taken` when a live session has the id
   * of one.
   */
  async insert(
    rows: readonly SessionRow[],
    now: EpochMs,
    deadline: number,
    lockTimeout?: number,
  ): Promise<void> {
    const sending: Sending = { work: 'writing sessions', deadline, writes: true }
    const lookFirst = () => this.#upsertUnlessTaken(rows, now, deadline, lockTimeout)
    try {
      await this.ask('insert', [rows, now, { lockTimeout }], sending, lookFirst)
    } catch (error) {
      const isTaken = (error as Partial<SessionStoreError>).kind === 'sid-taken'
      // After a failed statement nothing else may work in a transaction.
      if (this.inTransaction || rows.length > 1 || !isTaken) throw error
      // It may be the row itself, written by an attempt whose answer was lost.
      await lookFirst()
    }
  }

  /** Moves the expiry of the rows that are there and not expired, and fills in whose they are. */
  async touch(
    rows: readonly SessionExpiry[],
    now: EpochMs,
    deadline: number,
    lockTimeout?: number,
  ): Promise<void> {
    const sending: Sending = { work: 'touching sessions', deadline, writes: true }
    const options = { durable: this.#durableTouch, lockTimeout }
    try {
      await this.ask('touch', [rows, now, options], sending, async () => {
        for (const row of rows) await this.changed(this.queries.touch(row, now), sending)
      })
      if (this.table.column.userId) await assignUsers(this, rows, sending)
    } catch (error) {
      if (!nobodyHas(rows, error)) throw error
    }
  }

  /**
   * Deletes rows by sid; resolves to how many rows each had. Where the database gives only the
   * number of all, of several those that exist are looked up first: where another process deletes
   * some of them in between, the sum over all processes is still the number of rows.
   */
  async destroy(
    sids: readonly string[],
    deadline: number,
    lockTimeout?: number,
  ): Promise<readonly number[]> {
    const looks = sids.length > 1 && !this.#named.destroy
    const existing = looks ? await this.existing(sids, deadline) : sids
    if (existing.length === 0) return sids.map(() => 0)
    const sending: Sending = { work: 'destroying sessions', deadline, writes: true }
    let removed: readonly string[] | number
    try {
      removed = await this.ask('destroy', [sids, { lockTimeout }], sending, () =>
        this.changed(this.queries.destroy(sids), sending),
      )
    } catch (error) {
      if (!nobodyHas(sids, error)) throw error
      return [0]
    }
    this.#named.destroy = typeof removed === 'object'
    const gone = new Set(typeof removed === 'object' ? removed : existing)
    let left = typeof removed === 'object' ? gone.size : removed
    return sids.map((sid) => (gone.has(sid) && left-- > 0 ? 1 : 0))
  }

  /**
   * The sids among `sids` whose rows another client has locked, so that a write of this purpose
   * would wait: those of them that have a row, but not the ones whose row `skipLocked` could lock.
   */
  async locked(
    sids: readonly string[],
    purpose: LockPurpose,
    deadline: number,
  ): Promise<readonly string[]> {
    const sending: Sending = { work: 'looking for locks', deadline }
    const most = this.adapter.limits.sids
    const locked: string[] = []
    for (let start = 0; start < sids.length; start += most) {
      const some = sids.slice(start, start + most)
      try {
        const free = new Set(
          await this.ask('skipLocked', [some, purpose], sending, () => Promise.resolve(some)),
        )
        const others = some.filter((sid) => !free.has(sid))
        if (others.length > 0) locked.push(...(await this.existing(others, deadline)))
      } catch (error) {
        // No row of such an id can be locked; the write that has it fails by itself.
        if ((error as Partial<SessionStoreError>).kind !== 'sid-impossible') throw error
      }
    }
    return locked
  }

  /** Deletes every row; resolves to how many. */
  clear(deadline: number): Promise<number> {
    const sending: Sending = { work: 'clearing sessions', deadline, writes: true }
    return this.changed(this.queries.clear(), sending)
  }

  /** An insert by two statements, of which the first looks whether other sessions have the ids. */
  async #upsertUnlessTaken(
    rows: readonly SessionRow[],
    now: EpochMs,
    deadline: number,
    lockTimeout: number | undefined,
  ): Promise<void> {
    const sids = rows.map(({ sid }) => sid)
    const stored = await this.read(sids, now, deadline)
    if (stored.some((each, place) => each && !holds(each, (rows[place] as SessionRow).sess)))
      throw sidTaken(this.adapter)
    await this.upsert(rows, deadline, lockTimeout)
  }
}
