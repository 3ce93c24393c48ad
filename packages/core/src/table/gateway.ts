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
import type { StatementOptions } from '../statement/runner.js'
import type { Ticker } from '../time.js'
import { lockedRows } from './locks.js'
import { holds, nobodyHas, sessionIn, sidTaken, type Cells } from './rows.js'
import { Inspection } from './setup/inspection.js'
import { assignUsers, endsOfUpdates } from './stored.js'
import { TableStatements, type Asking } from './statements.js'

/**
 * How sessions are sent. `durableTouch`: whether a touch waits until the database has it on disk.
 */
export type SessionTableOptions = StatementOptions & { readonly durableTouch: boolean }

const write = { writes: true }

/**
 * The session table in the database: arrays of sessions in, one statement on knex, arrays or counts
 * out. Callers keep to the adapter's limits and give no sid twice, and rows to write sorted by sid.
 * No statement is sent after `deadline` (`performance.now()`), and one that is under way then is
 * ended. One that waits for a lock after `lockTimeout`, in ms, where it is given, fails with kind
 * `locked`.
 */
export class SessionTableGateway {
  readonly adapter: DialectAdapter
  /** Whether statements go out in a transaction of the application's. */
  readonly inTransaction: boolean
  readonly statements: TableStatements
  readonly inspection: Inspection
  readonly #durableTouch: boolean
  /** Whether the last delete named the rows that it removed. */
  #namesRemoved = false
  /** Whether the last update named the rows that it wrote. */
  #namesUpdated = false

  constructor(
    knex: Knex,
    adapter: DialectAdapter,
    table: SessionTable,
    options: SessionTableOptions,
    ticker: Ticker,
  ) {
    this.adapter = adapter
    this.statements = new TableStatements(knex, adapter, table, options, ticker)
    this.inTransaction = this.statements.inTransaction
    this.inspection = new Inspection(this.statements)
    // There a touch must not change how the transaction commits.
    this.#durableTouch = options.durableTouch || this.inTransaction
  }

  /** The most connections that statements may run on. */
  get poolSize(): number {
    return this.statements.runner.poolSize
  }

  /** The table, as it was found. */
  get table(): SessionTable {
    return this.statements.table
  }

  /** Whether {@link locked} can find any. */
  get canSkipLocked(): boolean {
    // A statement that is stopped would end a transaction, on PostgreSQL.
    return !this.inTransaction && this.statements.has('skipLocked')
  }

  /** Whether updates go one by one: a number does not tell which ones met another version. */
  get updatesOneByOne(): boolean {
    if (!this.table.column.version) return false
    return !this.#namesUpdated || !this.statements.has('update')
  }

  /** For each of `sids` the session, `undefined` where there is none or it has expired. */
  async read(
    sids: readonly string[],
    now: EpochMs,
    deadline: number,
  ): Promise<readonly (StoredSession | undefined)[]> {
    const work = 'reading sessions'
    const { statements } = this
    let cells: readonly Cells[]
    try {
      cells = await statements.ask('read', [sids, now], { work, deadline }, () =>
        statements.rows(work, statements.queries.live(now, sids), deadline),
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
    await this.statements.execute('writing sessions', statement, deadline, write)
  }

  /** Writes the rows that are there, expired or not; resolves to how many each was. */
  async update(
    rows: readonly SessionRow[],
    deadline: number,
    lockTimeout?: number,
  ): Promise<readonly number[]> {
    const { statements } = this
    const asking: Asking = { work: 'writing sessions', deadline, sending: write }
    const updated = await statements.ask('update', [rows, { lockTimeout }], asking, async () => {
      const there: string[] = []
      for (const row of rows)
        if ((await statements.changed(statements.queries.update(row), asking)) > 0)
          there.push(row.sid)
      return there
    })
    this.#namesUpdated = typeof updated === 'object'
    return endsOfUpdates(statements, rows, updated, deadline)
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
    const lookFirst = async () => {
      const sids = rows.map(({ sid }) => sid)
      const stored = await this.read(sids, now, deadline)
      if (stored.some((each, place) => each && !holds(each, (rows[place] as SessionRow).sess)))
        throw sidTaken(this.adapter)
      await this.upsert(rows, deadline, lockTimeout)
    }
    const asking: Asking = { work: 'writing sessions', deadline, sending: write }
    try {
      await this.statements.ask('insert', [rows, now, { lockTimeout }], asking, lookFirst)
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
    const { statements } = this
    const asking: Asking = { work: 'touching sessions', deadline, sending: write }
    const options = { durable: this.#durableTouch, lockTimeout }
    try {
      await statements.ask('touch', [rows, now, options], asking, async () => {
        for (const row of rows) await statements.changed(statements.queries.touch(row, now), asking)
      })
      if (this.table.column.userId) await assignUsers(statements, rows, asking)
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
    const looks = sids.length > 1 && !this.#namesRemoved
    const existing = new Set(looks ? await this.statements.existing(sids, deadline) : sids)
    const removed = existing.size > 0 ? await this.#removed(sids, deadline, lockTimeout) : 0
    const gone = typeof removed === 'number' ? existing : new Set(removed)
    let left = typeof removed === 'number' ? removed : gone.size
    return sids.map((sid) => (gone.has(sid) && left-- > 0 ? 1 : 0))
  }

  /**
   * The sids among `sids` whose row another client has locked, against what it is to be locked for;
   * none where the database cannot say.
   */
  async locked(
    sids: readonly string[],
    purpose: LockPurpose,
    deadline: number,
  ): Promise<readonly string[]> {
    if (!this.canSkipLocked) return []
    return lockedRows(this.statements, sids, purpose, deadline)
  }

  /** Deletes every row; resolves to how many. */
  clear(deadline: number): Promise<number> {
    const asking: Asking = { work: 'clearing sessions', deadline, sending: write }
    return this.statements.changed(this.statements.queries.clear(), asking)
  }

  /** Gives back the connections that no statement is under way on. */
  rest(): void {
    this.statements.runner.rest()
  }

  /** Ends every statement that is under way, and sends no other. */
  end(): void {
    this.statements.runner.end()
  }

  /** The sids of the rows that were there, or how many, where the database says no more. */
  async #removed(
    sids: readonly string[],
    deadline: number,
    lockTimeout?: number,
  ): Promise<readonly string[] | number> {
    const { statements } = this
    const asking: Asking = { work: 'destroying sessions', deadline, sending: write }
    try {
      const removed = await statements.ask('destroy', [sids, { lockTimeout }], asking, () =>
        statements.changed(statements.queries.destroy(sids), asking),
      )
      this.#namesRemoved = typeof removed !== 'number'
      return removed
    } catch (error) {
      if (!nobodyHas(sids, error)) throw error
      return 0
    }
  }
}
